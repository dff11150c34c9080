package io.arque.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.annotation.ArqueListener;
import io.arque.redis.ArqueClient;
import io.arque.test.RedisServers;
import io.arque.testing.ArqueTester;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What Spring Boot's devtools do at a restart: close the context and make a new one, with
 * the application's classes from another class loader and the libraries' from the same.
 */
class DevToolsRestartTests {

	private final BlockingQueue<Object[]> handled = new LinkedBlockingQueue<>();

	private final String queue = TestContexts.newQueue("devtools");

	@Test
	void listenersOfTheNewClassLoaderTakeOverAndThoseOfTheOldAreGone() throws Exception {
		RestartClassLoader first = new RestartClassLoader();
		try (ConfigurableApplicationContext context = start(first)) {
			ArqueOperations arque = context.getBean(ArqueOperations.class);
			arque.enqueue(this.queue, Map.of("article", "book"));
			assertThatNextIs("book", first);
			arque.enqueue(this.queue, Map.of("article", "pen"), EnqueueOptions.none().withDelay(Duration.ofHours(1)));
		}
		assertThatNoThreadIsLeftOf(first);
		RestartClassLoader second = new RestartClassLoader();
		try (ConfigurableApplicationContext context = start(second)) {
			new ArqueTester(context.getBean(ArqueClient.class)).makeDue(this.queue);
			assertThatNextIs("pen", second);
			context.getBean(ArqueOperations.class).enqueue(this.queue, Map.of("article", "cup"));
			assertThatNextIs("cup", second);
		}
		assertThatNoThreadIsLeftOf(second);
	}

	private ConfigurableApplicationContext start(RestartClassLoader loader) throws Exception {
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(loader);
		try {
			Method start = loader.loadClass(Restarted.class.getName())
				.getDeclaredMethod("start", String.class, Consumer.class);
			start.setAccessible(true);
			Consumer<Object[]> told = this.handled::add;
			return (ConfigurableApplicationContext) start.invoke(null, this.queue, told);
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
	}

	private void assertThatNextIs(String article, ClassLoader loader) throws InterruptedException {
		Object[] next = this.handled.poll(Recorder.LONG.toSeconds(), TimeUnit.SECONDS);
		assertThat(next).containsExactly(article, loader, loader);
	}

	private static void assertThatNoThreadIsLeftOf(ClassLoader loader) {
		await().atMost(Recorder.LONG)
			.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).noneMatch(
					(thread) -> thread.getContextClassLoader() == loader && thread.getName().startsWith("arque-")));
	}

	/**
	 * The application, whose classes are loaded anew.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataRedisAutoConfiguration.class, JacksonAutoConfiguration.class,
			ArqueAutoConfiguration.class })
	static class Restarted {

		private static Consumer<Object[]> told;

		static ConfigurableApplicationContext start(String queue, Consumer<Object[]> told) {
			Restarted.told = told;
			return new SpringApplicationBuilder(Restarted.class)
				.properties("spring.main.web-application-type=none", "spring.main.banner-mode=off",
						"spring.data.redis.url=" + RedisServers.urlOfApplications(), "spring.data.redis.timeout=10s",
						"arque.key-prefix=" + TestContexts.PREFIX, "test.queue=" + queue)
				.run();
		}

		@ArqueListener(queues = "${test.queue}", concurrency = "2")
		void handle(RestartedOrder order) {
			told.accept(
					new Object[] { order.article(), order.getClass().getClassLoader(), getClass().getClassLoader() });
		}

		record RestartedOrder(String article) {
		}

	}

	/**
	 * Asks itself first for the application's classes, as devtools' own does.
	 */
	private static final class RestartClassLoader extends ClassLoader {

		RestartClassLoader() {
			super(DevToolsRestartTests.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			if (!name.startsWith(Restarted.class.getName())) {
				return super.loadClass(name, resolve);
			}
			synchronized (getClassLoadingLock(name)) {
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : define(name);
			}
		}

		private Class<?> define(String name) {
			try (InputStream in = getParent()
				.getResourceAsStream(ClassUtils.convertClassNameToResourcePath(name) + ClassUtils.CLASS_FILE_SUFFIX)) {
				byte[] bytes = in.readAllBytes();
				return defineClass(name, bytes, 0, bytes.length);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
