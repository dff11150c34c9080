package io.arque.autoconfigure;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.annotation.ArqueListener;
import io.arque.listener.Acknowledgement;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;

import org.springframework.aop.framework.autoproxy.DefaultAdvisorAutoProxyCreator;
import org.springframework.aop.support.AopUtils;
import org.springframework.aop.support.NameMatchMethodPointcutAdvisor;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.AliasFor;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a method marked with {@code @ArqueListener} can take and say, from enqueue to
 * release.
 */
class ArqueListenerTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("listener");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue, "test.other-queue=" + this.queue + "-other");

	@Test
	void getsThePayloadAsTheTypeOfItsParameter() {
		this.runner.withUserConfiguration(Orders.class).run((context) -> {
			arque(context).enqueue(this.queue, new Order("book", 3));
			this.recorder.assertThatNextIs(new Order("book", 3));
			awaitEmpty(context, this.queue);
		});
	}

	@Test
	void getsTaskAndHeadersBesideThePayload() {
		this.runner.withUserConfiguration(Everything.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, List.of(new Order("book", 3)),
					EnqueueOptions.none().withId("order-1").withHeader("tries", "5").withHeader("tenant", "eu"));
			assertThat(id).isEqualTo("order-1");
			this.recorder.assertThatNextIs("order-1", 1, List.of(new Order("book", 3)), 5, "eu", Optional.empty(),
					Map.of("tries", "5", "tenant", "eu"));
		});
	}

	@Test
	void takesSeveralQueuesAsExpressionPlaceholderAndList() {
		this.runner.withUserConfiguration(SeveralQueues.class).run((context) -> {
			arque(context).enqueue(this.queue, "first");
			this.recorder.assertThatNextIs(this.queue, "first");
			arque(context).enqueue(this.queue + "-other", "second");
			this.recorder.assertThatNextIs(this.queue + "-other", "second");
			arque(context).enqueue(this.queue + "-third", "third");
			this.recorder.assertThatNextIs(this.queue + "-third", "third");
			ArqueListenerContainer container = container(context, "several");
			assertThat(container.settings().concurrency()).isEqualTo(7);
		});
	}

	@Test
	void worksThroughAMetaAnnotation() {
		this.runner.withUserConfiguration(MetaAnnotated.class).run((context) -> {
			arque(context).enqueue(this.queue, "text");
			this.recorder.assertThatNextIs("text");
			assertThat(container(context, "mails").settings().concurrency()).isEqualTo(3);
		});
	}

	@Test
	void isCalledThroughTheProxyAndReleasedAfterIt() {
		this.runner.withUserConfiguration(Proxied.class).run((context) -> {
			assertThat(AopUtils.isCglibProxy(context.getBean(Orders.class))).isTrue();
			arque(context).enqueue(this.queue, new Order("pen", 1));
			this.recorder.assertThatNextIs("begin");
			this.recorder.assertThatNextIs(new Order("pen", 1));
			this.recorder.assertThatNextIs("commit", 1L); // still working, not released
			awaitEmpty(context, this.queue);
		});
	}

	@Test
	void keepsATaskUntilItIsAcknowledgedFromAnotherThread() {
		this.runner.withUserConfiguration(Manual.class).run((context) -> {
			arque(context).enqueue(this.queue, "by hand");
			this.recorder.assertThatNextIs("taken");
			assertThat(stats(context, this.queue).working()).isEqualTo(1);
			context.getBean(Manual.class).acknowledgement.release();
			awaitEmpty(context, this.queue);
		});
	}

	@Test
	void startsAlsoWhenBeansAreInitializedLazily() {
		this.runner.withUserConfiguration(Orders.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				arque(context).enqueue(this.queue, new Order("cup", 2));
				this.recorder.assertThatNextIs(new Order("cup", 2));
			});
	}

	private static ArqueOperations arque(ApplicationContext context) {
		return context.getBean(ArqueOperations.class);
	}

	private static QueueStats stats(ApplicationContext context, String queue) {
		return arque(context).queue(queue).stats();
	}

	private static void awaitEmpty(ApplicationContext context, String queue) {
		await().atMost(Recorder.LONG).untilAsserted(() -> assertThat(stats(context, queue).tasks()).isZero());
		assertThat(stats(context, queue).failed()).isZero();
	}

	private static ArqueListenerContainer container(ApplicationContext context, String id) {
		return context.getBean(ArqueListenerEndpointRegistry.class).getContainer(id);
	}

	record Order(String article, int pieces) {
	}

	static class Orders {

		private final Recorder recorder;

		Orders(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener("${test.queue}")
		void handle(Order order) {
			this.recorder.tell(order);
		}

	}

	record Everything(Recorder recorder) {

		@ArqueListener(queues = "${test.queue}")
		void handle(LeasedTask task, List<Order> orders, @Header int tries, @Header("tenant") String of,
				@Header Optional<String> missing, @Headers Map<String, String> all) {
			this.recorder.tell(task.id(), task.attempt(), orders, tries, of, missing, all);
		}

	}

	record SeveralQueues(Recorder recorder) {

		@ArqueListener(id = "several", concurrency = "#{3 + 4}",
				queues = { "#{'${test.queue}'}", "${test.other-queue},${test.queue}-third" })
		void handle(LeasedTask task, String payload) {
			this.recorder.tell(task.queue(), payload);
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@ArqueListener(id = "mails", queues = "${test.queue}")
	@interface MailListener {

		@AliasFor(annotation = ArqueListener.class)
		String concurrency() default "";

	}

	static class MetaAnnotated {

		private final Recorder recorder;

		MetaAnnotated(Recorder recorder) {
			this.recorder = recorder;
		}

		@MailListener(concurrency = "3")
		void handle(String payload) {
			this.recorder.tell(payload);
		}

	}

	static class Manual {

		private final Recorder recorder;

		private volatile Acknowledgement acknowledgement;

		Manual(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener(queues = "${test.queue}", ackMode = "MANUAL")
		void handle(Acknowledgement acknowledgement) {
			this.acknowledgement = acknowledgement;
			this.recorder.tell("taken");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Proxied {

		@Bean
		Orders orders(Recorder recorder) {
			return new Orders(recorder);
		}

		@Bean
		static DefaultAdvisorAutoProxyCreator proxies() {
			DefaultAdvisorAutoProxyCreator creator = new DefaultAdvisorAutoProxyCreator();
			creator.setProxyTargetClass(true);
			return creator;
		}

		@Bean
		static NameMatchMethodPointcutAdvisor transaction(ApplicationContext context) {
			MethodInterceptor interceptor = (invocation) -> {
				Recorder recorder = context.getBean(Recorder.class);
				recorder.tell("begin");
				Object result = invocation.proceed();
				String queue = context.getEnvironment().getRequiredProperty("test.queue");
				recorder.tell("commit", stats(context, queue).working());
				return result;
			};
			NameMatchMethodPointcutAdvisor advisor = new NameMatchMethodPointcutAdvisor(interceptor);
			advisor.setMappedName("handle");
			return advisor;
		}

	}

}
