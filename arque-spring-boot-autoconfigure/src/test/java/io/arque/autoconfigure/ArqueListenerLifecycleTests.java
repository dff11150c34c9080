package io.arque.autoconfigure;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import ch.qos.logback.classic.Level;
import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.annotation.ArqueListener;
import io.arque.listener.Acknowledgement;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.LeaseKeeper;
import io.arque.listener.SlowLook;
import io.arque.redis.WakeUp;
import io.arque.test.LogCapture;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.modifier.Visibility;
import net.bytebuddy.implementation.StubMethod;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.messaging.handler.annotation.Header;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * When listeners start and stop, and when they refuse to.
 */
class ArqueListenerLifecycleTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("lifecycle");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue);

	@Test
	void consumersStartLastAndStopFirst() {
		this.runner.withUserConfiguration(Listener.class).run((context) -> {
			assertThat(context.getBean(ArqueListenerEndpointRegistry.class).getPhase())
				.isEqualTo(Integer.MAX_VALUE - 100);
			assertThat(context.getBean(LeaseKeeper.class).getPhase()).isEqualTo(Integer.MAX_VALUE - 200);
			assertThat(context.getBean(SlowLook.class).getPhase()).isEqualTo(Integer.MAX_VALUE - 200);
			assertThat(context.getBean(WakeUp.class).getPhase()).isEqualTo(Integer.MAX_VALUE - 200);
			assertThat(context.getBean(LettuceConnectionFactory.class).getPhase()).isZero();
		});
	}

	@Test
	void worksAgainAfterTheContextWasStoppedAndStarted() {
		this.runner.withUserConfiguration(Listener.class).run((context) -> {
			ArqueOperations operations = context.getBean(ArqueOperations.class);
			operations.enqueue(this.queue, "before");
			this.recorder.assertThatNextIs("before");
			context.stop();
			assertThat(running(context)).isFalse();
			context.start();
			assertThat(running(context)).isTrue();
			operations.enqueue(this.queue, "after");
			this.recorder.assertThatNextIs("after");
		});
	}

	@Test
	void worksAgainAfterTheContextWasPausedAndRestarted() {
		this.runner.withUserConfiguration(Listener.class).run((context) -> {
			ArqueOperations operations = context.getBean(ArqueOperations.class);
			context.getSourceApplicationContext(ConfigurableApplicationContext.class).pause();
			assertThat(running(context)).isFalse();
			context.getSourceApplicationContext(ConfigurableApplicationContext.class).restart();
			operations.enqueue(this.queue, "after");
			this.recorder.assertThatNextIs("after");
		});
	}

	@Test
	void handlerMayCloseTheContext() {
		AtomicReference<Thread> handler = new AtomicReference<>();
		this.runner.withPropertyValues("arque.listener.shutdown-timeout=1s").run((context) -> {
			ConfigurableApplicationContext closed = context
				.getSourceApplicationContext(ConfigurableApplicationContext.class);
			context.getBean(ArqueListenerEndpointRegistry.class).register(Endpoints.of((task, acknowledgement) -> {
				handler.set(Thread.currentThread());
				closed.close();
			}, this.queue), context.getBean(ArqueListenerContainerFactory.class));
			try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
				context.getBean(ArqueOperations.class).enqueue(this.queue, "closes");
				await().atMost(Recorder.LONG).until(() -> handler.get() != null && !handler.get().isAlive());
				assertThat(closed.isActive()).isFalse();
				assertThat(log.complaints("")).singleElement(STRING).contains("1 tasks still ran");
			}
		});
		this.runner.run((context) -> {
			ArqueQueue left = context.getBean(ArqueOperations.class).queue(this.queue);
			await().atMost(Recorder.LONG).until(() -> left.stats().pending() == 1);
			assertThat(left.dequeue(1, Duration.ZERO).tasks()).singleElement()
				.satisfies((task) -> assertThat(task.attempt()).isOne());
		});
	}

	@Test
	void stopsAndStartsOneListenerByItsId() {
		this.runner.withUserConfiguration(Listener.class)
			.withPropertyValues("arque.listener.auto-startup=false")
			.run((context) -> {
				assertThat(running(context)).isFalse();
				ArqueOperations operations = context.getBean(ArqueOperations.class);
				operations.enqueue(this.queue, "waits");
				context.getBean(ArqueListenerEndpointRegistry.class).getContainer("texts").start();
				this.recorder.assertThatNextIs("waits");
				await().atMost(Recorder.LONG)
					.untilAsserted(() -> assertThat(operations.queue(this.queue).stats().tasks()).isZero());
			});
	}

	@Test
	void keepsARunningContextAliveByANonDaemonThread() {
		Set<Thread> others = keepAliveThreads();
		Set<Thread> own = new HashSet<>();
		this.runner.withUserConfiguration(Listener.class).run((context) -> {
			own.addAll(keepAliveThreads());
			own.removeAll(others);
			assertThat(own).hasSize(1).noneMatch(Thread::isDaemon);
		});
		await().atMost(Recorder.LONG).until(() -> own.stream().noneMatch(Thread::isAlive));
	}

	@Test
	void failsTheStartWhenTwoListenersWantDifferentPayloadsFromOneQueue() {
		this.runner.withUserConfiguration(Conflicting.class)
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContaining(this.queue)
				.hasMessageContaining("java.lang.Long")
				.hasMessageContaining("java.lang.String"));
	}

	@Test
	void failsTheStartWhenNeitherAHeaderNorItsParameterHasAName() throws Exception {
		Method named = Named.class.getDeclaredMethod("handle", String.class);
		Class<?> nameless = new ByteBuddy().subclass(Object.class)
			.defineMethod("handle", void.class, Visibility.PUBLIC)
			.withParameter(String.class)
			.annotateParameter(named.getParameters()[0].getAnnotation(Header.class))
			.intercept(StubMethod.INSTANCE)
			.annotateMethod(named.getAnnotation(ArqueListener.class))
			.make()
			.load(getClass().getClassLoader())
			.getLoaded();
		this.runner.withBean(nameless)
			.run((context) -> assertThat(context).getFailure()
				.hasMessageContaining("@Header on parameter 0")
				.hasMessageContaining("name it, or compile with -parameters"));
		this.runner.withBean(Named.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void failsTheStartWhenAnAcknowledgementIsTakenWithoutManualMode() {
		this.runner.withUserConfiguration(WithoutManual.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("ackMode = \"MANUAL\""));
	}

	@Test
	void takesTheManualModeFromTheProperties() {
		this.runner.withUserConfiguration(WithoutManual.class)
			.withPropertyValues("arque.listener.ack-mode=manual")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void failsTheStartWhenManualModeHasNoAcknowledgement() {
		this.runner.withUserConfiguration(Listener.class)
			.withPropertyValues("arque.listener.ack-mode=manual")
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("no Acknowledgement parameter"));
	}

	@Test
	void failsTheStartWhenTheNamedContainerFactoryIsMissing() {
		this.runner.withUserConfiguration(MissingFactory.class)
			.run((context) -> assertThat(context).getFailure().hasMessageContaining("bulkContainerFactory"));
	}

	@Test
	void registersEndpointsMadeByHand() {
		this.runner.run((context) -> {
			context.getBean(ArqueListenerEndpointRegistry.class)
				.register(
						Endpoints.of((task, acknowledgement) -> this.recorder.tell(task.payload().text()), this.queue),
						context.getBean(ArqueListenerContainerFactory.class));
			context.getBean(ArqueOperations.class).enqueue(this.queue, "by hand");
			this.recorder.assertThatNextIs("by hand");
		});
	}

	private static Set<Thread> keepAliveThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("arque-keep-alive"))
			.collect(Collectors.toSet());
	}

	private static boolean running(ApplicationContext context) {
		return context.getBean(ArqueListenerEndpointRegistry.class).getContainer("texts").isRunning();
	}

	static class Listener {

		private final Recorder recorder;

		Listener(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener(id = "texts", queues = "${test.queue}")
		void handle(String payload) {
			this.recorder.tell(payload);
		}

	}

	static class Conflicting {

		@ArqueListener("${test.queue}")
		void texts(String payload) {
		}

		@ArqueListener("${test.queue}")
		void numbers(Long payload) {
		}

	}

	static class Named {

		@ArqueListener("${test.queue}")
		void handle(@Header String tenant) {
		}

	}

	static class WithoutManual {

		@ArqueListener("${test.queue}")
		void handle(String payload, Acknowledgement acknowledgement) {
		}

	}

	static class MissingFactory {

		@ArqueListener(queues = "${test.queue}", containerFactory = "bulkContainerFactory")
		void handle(String payload) {
		}

	}

}
