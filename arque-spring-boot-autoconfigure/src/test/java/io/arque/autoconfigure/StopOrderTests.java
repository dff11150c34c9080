package io.arque.autoconfigure;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueOperations;
import io.arque.QueueStats;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.annotation.ArqueListener;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.LeaseKeeper;
import io.arque.listener.SlowLook;
import io.arque.redis.WakeUp;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * In which order things stop when the context closes while a handler runs: looked at from
 * beans that stop between the others.
 */
class StopOrderTests {

	private final String queue = TestContexts.newQueue("stop-order");

	private final List<String> events = new CopyOnWriteArrayList<>();

	private final CountDownLatch started = new CountDownLatch(1);

	private final CountDownLatch stopping = new CountDownLatch(1);

	@Test
	void consumersStopFirstThenLeaseKeeperAndWakeUpAndTheConnectionFactoryLast() {
		runner("400ms").run((context) -> {
			String id = context.getBean(ArqueOperations.class).enqueue(this.queue, "long");
			awaitStart();
			context.getSourceApplicationContext(ConfigurableApplicationContext.class).close();
			// its thread may tell later that it was interrupted, for all that stops
			await().atMost(Recorder.LONG).until(() -> this.events.contains("handler interrupted"));
			assertThat(this.events).filteredOn((event) -> !event.startsWith("handler"))
				.containsExactly(
						"before: consumers true, leases true, look true, wake-up true, redis true; working 1, pending 0",
						"behind consumers: consumers false, leases true, look true, wake-up true, redis true;"
								+ " working 0, pending 1",
						"behind leases: consumers false, leases false, look false, wake-up false, redis true;"
								+ " working 0, pending 1",
						"behind redis: consumers false, leases false, look false, wake-up false, redis false");
			assertThatTaskIsAsGoodAsNew(id);
		});
	}

	@Test
	void handlerThatEndsWithinTheShutdownTimeoutIsReleasedBeforeLeasesAndRedisStop() {
		runner("40s").withPropertyValues("test.handler-takes=300").run((context) -> {
			context.getBean(ArqueOperations.class).enqueue(this.queue, "short");
			awaitStart();
			context.getSourceApplicationContext(ConfigurableApplicationContext.class).close();
			assertThat(this.events).element(1).isEqualTo("handler returned");
			assertThat(this.events).element(2)
				.asString()
				.startsWith("behind consumers")
				.endsWith("working 0, pending 0");
		});
	}

	private void awaitStart() throws InterruptedException {
		assertThat(this.started.await(Recorder.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	private ApplicationContextRunner runner(String shutdownTimeout) {
		return TestContexts.runner()
			.withPropertyValues("arque.listener.shutdown-timeout=" + shutdownTimeout, "test.queue=" + this.queue,
					"spring.lifecycle.timeout-per-shutdown-phase=45s")
			.withBean(Handler.class, () -> new Handler(this))
			.withInitializer((context) -> {
				probe(context, "before", ArqueListenerContainer.PHASE + 1);
				probe(context, "behind consumers", ArqueListenerContainer.PHASE - 1);
				probe(context, "behind leases", LeaseKeeper.PHASE - 1);
				probe(context, "behind redis", -1);
			});
	}

	private void probe(ConfigurableApplicationContext context, String name, int phase) {
		((GenericApplicationContext) context).registerBean(name, Probe.class, () -> new Probe(name, phase, () -> {
			this.events.add(name + ": " + states(context));
			this.stopping.countDown(); // the first of them, before the consumers stop
		}));
	}

	private String states(ApplicationContext context) {
		boolean redis = redisRuns(context);
		String states = "consumers " + consumersRun(context) + ", leases "
				+ context.getBean(LeaseKeeper.class).isRunning() + ", look "
				+ context.getBean(SlowLook.class).isRunning() + ", wake-up " + context.getBean(WakeUp.class).isRunning()
				+ ", redis " + redis;
		if (!redis) {
			return states;
		}
		QueueStats stats = context.getBean(ArqueOperations.class).queue(this.queue).stats();
		return states + "; working " + stats.working() + ", pending " + stats.pending();
	}

	private static boolean consumersRun(ApplicationContext context) {
		return context.getBean(ArqueListenerEndpointRegistry.class)
			.getContainers()
			.stream()
			.anyMatch(ArqueListenerContainer::isRunning);
	}

	private static boolean redisRuns(ApplicationContext context) {
		return context.getBean(LettuceConnectionFactory.class).isRunning();
	}

	private void assertThatTaskIsAsGoodAsNew(String id) {
		TestContexts.runner().run((later) -> {
			TaskInfo task = later.getBean(ArqueOperations.class).queue(this.queue).task(id).orElseThrow();
			assertThat(task.state()).isEqualTo(TaskState.PENDING);
			assertThat(task.delivery().attempt()).isZero();
			assertThat(task.delivery().crashes()).isZero();
		});
	}

	static class Handler {

		private final StopOrderTests test;

		private final CountDownLatch end = new CountDownLatch(1);

		@Value("${test.handler-takes:60000}")
		private long takesMillis;

		Handler(StopOrderTests test) {
			this.test = test;
		}

		@ArqueListener("${test.queue}")
		void handle(String payload) throws InterruptedException {
			this.test.started.countDown();
			String end = "returned";
			try {
				this.test.stopping.await();
				this.end.await(this.takesMillis, TimeUnit.MILLISECONDS); // the work
			}
			catch (InterruptedException ex) {
				end = "interrupted";
				throw ex;
			}
			finally {
				this.test.events.add("handler " + end);
			}
		}

	}

	/**
	 * Does something when it is stopped.
	 */
	static class Probe implements SmartLifecycle {

		private final String name;

		private final int phase;

		private final Runnable atStop;

		private boolean running;

		Probe(String name, int phase, Runnable atStop) {
			this.name = name;
			this.phase = phase;
			this.atStop = atStop;
		}

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.atStop.run();
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return this.phase;
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
