package io.arque.autoconfigure;

import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.AbstractRefreshableApplicationContext;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestContextManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Contexts that are refreshed, closed, made anew, cached and paused in one JVM: the
 * listeners of the living one work, those of others leave nothing behind.
 */
class ContextRestartTests {

	private static final BlockingQueue<String> HANDLED = new LinkedBlockingQueue<>();

	private static final String QUEUE = TestContexts.newQueue("restart");

	private static final String[] PROPERTIES = { "spring.data.redis.url=" + RedisServers.urlOfApplications(),
			"spring.data.redis.timeout=10s", "arque.key-prefix=" + TestContexts.PREFIX, "test.queue=" + QUEUE,
			"arque.listener.shutdown-timeout=4s", "spring.data.redis.lettuce.shutdown-timeout=0ms" };

	/** Those of contexts that other tests have left in Spring's cache are not counted. */
	private final Set<Thread> threadsBefore = arqueThreads();

	@Test
	void worksAfterASecondRefreshOfTheSameContext() throws InterruptedException {
		try (Refreshable context = new Refreshable()) {
			TestPropertyValues.of(PROPERTIES).applyTo(context);
			context.refresh();
			assertThatTaskIsHandled(context, "first");
			ArqueListenerEndpointRegistry before = context.getBean(ArqueListenerEndpointRegistry.class);
			context.refresh();
			assertThat(context.getBean(ArqueListenerEndpointRegistry.class)).isNotSameAs(before);
			assertThat(before.getContainer("restarted").isRunning()).isFalse();
			assertThatTaskIsHandled(context, "second");
		}
		assertThatNoThreadIsLeft();
	}

	@Test
	void worksInAContextThatIsMadeAfterAnotherWasClosed() throws InterruptedException {
		for (String payload : List.of("one", "two", "three")) {
			try (AnnotationConfigApplicationContext context = newContext()) {
				assertThatTaskIsHandled(context, payload);
			}
			assertThatNoThreadIsLeft();
		}
	}

	@Test
	void twoContextsInOneJvmShareTheWorkAndOneGoesOnWhenTheOtherIsClosed() throws InterruptedException {
		try (AnnotationConfigApplicationContext first = newContext()) {
			try (AnnotationConfigApplicationContext second = newContext()) {
				assertThatTaskIsHandled(second, "from the second");
			}
			assertThatTaskIsHandled(first, "after the second");
		}
	}

	@Test
	void worksAgainInATestContextThatWasCachedAndPaused() throws Exception {
		TestContextManager first = begin(FirstCase.class);
		ApplicationContext context = first.getTestContext().getApplicationContext();
		assertThatTaskIsHandled(context, "before");
		context.getBean(ArqueListenerEndpointRegistry.class).getContainer("by-hand").start();
		first.afterTestClass();
		TestContextManager other = begin(OtherCase.class);
		await().atMost(Recorder.LONG).until(() -> !isRunning(context, "restarted") && !isRunning(context, "by-hand"));
		other.afterTestClass();
		TestContextManager again = begin(FirstCase.class);
		assertThat(again.getTestContext().getApplicationContext()).isSameAs(context);
		assertThat(isRunning(context, "by-hand")).as("started by hand, before the pause").isTrue();
		assertThatTaskIsHandled(context, "after");
		again.afterTestClass();
		again.getTestContext().markApplicationContextDirty(null);
	}

	private static TestContextManager begin(Class<?> testClass) throws Exception {
		TestContextManager manager = new TestContextManager(testClass);
		manager.beforeTestClass();
		manager.prepareTestInstance(testClass.getDeclaredConstructor().newInstance());
		return manager;
	}

	private static boolean isRunning(ApplicationContext context, String id) {
		return context.getBean(ArqueListenerEndpointRegistry.class).getContainer(id).isRunning();
	}

	private static AnnotationConfigApplicationContext newContext() {
		AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
		TestPropertyValues.of(PROPERTIES).applyTo(context);
		context.register(Application.class);
		context.refresh();
		return context;
	}

	private static void assertThatTaskIsHandled(ApplicationContext context, String payload)
			throws InterruptedException {
		ArqueOperations arque = context.getBean(ArqueOperations.class);
		arque.enqueue(QUEUE, payload);
		assertThat(HANDLED.poll(Recorder.LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(payload);
		await().atMost(Recorder.LONG).untilAsserted(() -> assertThat(arque.queue(QUEUE).stats().tasks()).isZero());
	}

	private void assertThatNoThreadIsLeft() {
		await().atMost(Recorder.LONG).untilAsserted(() -> assertThat(arqueThreads()).isSubsetOf(this.threadsBefore));
	}

	private static Set<Thread> arqueThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("arque-"))
			.collect(Collectors.toSet());
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataRedisAutoConfiguration.class, ArqueAutoConfiguration.class })
	static class Application {

		@ArqueListener(id = "restarted", queues = "${test.queue}", concurrency = "3")
		void handle(String payload) {
			HANDLED.add(payload);
		}

		@ArqueListener(id = "by-hand", queues = "${test.queue}-by-hand", autoStartup = "false")
		void handleLater(String payload) {
			HANDLED.add(payload);
		}

	}

	@ContextConfiguration(classes = Application.class)
	static class FirstCase {

		@DynamicPropertySource
		static void properties(DynamicPropertyRegistry registry) {
			for (String property : PROPERTIES) {
				int at = property.indexOf('=');
				registry.add(property.substring(0, at), () -> property.substring(at + 1));
			}
		}

	}

	@ContextConfiguration(classes = Nothing.class)
	static class OtherCase {

	}

	@Configuration(proxyBeanMethods = false)
	static class Nothing {

	}

	/**
	 * A context that can be refreshed more than once.
	 */
	static class Refreshable extends AbstractRefreshableApplicationContext {

		@Override
		protected void loadBeanDefinitions(DefaultListableBeanFactory beanFactory) {
			new AnnotatedBeanDefinitionReader(beanFactory, getEnvironment()).register(Application.class);
		}

	}

}
