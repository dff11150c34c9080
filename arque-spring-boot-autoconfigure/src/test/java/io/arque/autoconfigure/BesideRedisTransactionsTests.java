package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.annotation.ArqueListener;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.EnableTransactionManagement;
import org.springframework.transaction.annotation.Transactional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The application's {@code MULTI}, pipelines, sessions and transactions neither swallow
 * nor delay what Arque writes, and do not see it; with the connection that Lettuce shares
 * and without.
 */
@ParameterizedClass(name = "shared native connection: {0}")
@ValueSource(booleans = { true, false })
class BesideRedisTransactionsTests {

	@Parameter
	boolean shared;

	private final LettuceConnectionFactory elsewhere = RedisServers.newConnectionFactory();

	private final StringRedisTemplate outside = new StringRedisTemplate(this.elsewhere);

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("beside");

	private final String key = "beside:" + this.queue;

	@AfterEach
	void disconnect() {
		this.outside.delete(this.key);
		this.elsewhere.destroy();
	}

	@Test
	void enqueueInsideMultiIsVisibleAtOnceAndSurvivesDiscard() {
		run((context) -> {
			inSession(context.getBean(StringRedisTemplate.class), (operations) -> {
				operations.multi();
				operations.opsForValue().set(this.key, "dropped");
				context.getBean(ArqueOperations.class).enqueue(this.queue, "kept");
				assertThat(tasksSeenFromOutside()).isEqualTo(1);
				operations.discard();
			});
			assertThat(tasksSeenFromOutside()).isEqualTo(1);
			assertThat(this.outside.hasKey(this.key)).isFalse();
		});
	}

	@Test
	void enqueueInsideMultiIsNoPartOfWhatExecAnswers() {
		run((context) -> inSession(context.getBean(StringRedisTemplate.class), (operations) -> {
			operations.multi();
			operations.opsForValue().increment(this.key, 5);
			context.getBean(ArqueOperations.class).enqueue(this.queue, "one");
			context.getBean(ArqueOperations.class).enqueueAll(this.queue, List.of("two", "three"));
			operations.opsForValue().increment(this.key, 2);
			assertThat(operations.exec()).isEqualTo(List.of(5L, 7L));
			assertThat(tasksSeenFromOutside()).isEqualTo(3);
		}));
	}

	@Test
	void everyOperationInsideMultiGetsItsAnswerAtOnce() {
		run((context) -> inSession(context.getBean(StringRedisTemplate.class), (operations) -> {
			ArqueOperations arque = context.getBean(ArqueOperations.class);
			ArqueQueue own = arque.queue(this.queue);
			operations.multi();
			arque.enqueueAsync(this.queue, "x", EnqueueOptions.none().withId("mine")).join();
			LeasedTask task = own.dequeue(3, Duration.ZERO).tasks().get(0);
			assertThat(task.id()).isEqualTo("mine");
			own.extend(task, Duration.ofSeconds(90));
			own.reject(task, "why");
			assertThat(own.failed().list(0, 5)).hasSize(1);
			assertThat(own.failed().redrive("mine")).isTrue();
			own.workingLimit(4);
			assertThat(own.stats().workingLimit()).hasValue(4);
			own.release(own.dequeue(1, Duration.ZERO).tasks().get(0));
			assertThat(own.task("mine")).isEmpty();
			operations.discard();
			assertThat(own.stats().tasks()).isZero();
		}));
	}

	@Test
	void enqueueBetweenWatchAndExecDoesNotAbortTheTransaction() {
		run((context) -> inSession(context.getBean(StringRedisTemplate.class), (operations) -> {
			operations.watch(this.key);
			context.getBean(ArqueOperations.class).enqueue(this.queue, "x");
			operations.multi();
			operations.opsForValue().set(this.key, "new");
			assertThat(operations.exec()).hasSize(1);
			assertThat(this.outside.opsForValue().get(this.key)).isEqualTo("new");
		}));
	}

	@Test
	void enqueueInsideAPipelineIsVisibleAtOnceAndNoPartOfItsAnswers() {
		run((context) -> {
			StringRedisTemplate template = context.getBean(StringRedisTemplate.class);
			List<Object> ofCallback = template.executePipelined((RedisCallback<Object>) (connection) -> {
				connection.stringCommands().incrBy(this.key.getBytes(), 3);
				context.getBean(ArqueOperations.class).enqueue(this.queue, "x");
				assertThat(tasksSeenFromOutside()).isEqualTo(1);
				return null;
			});
			assertThat(ofCallback).containsExactly(3L);
			List<Object> ofSession = template.executePipelined(session((operations) -> {
				operations.opsForValue().increment(this.key, 4);
				context.getBean(ArqueOperations.class).enqueue(this.queue, "y");
				assertThat(tasksSeenFromOutside()).isEqualTo(2);
			}));
			assertThat(ofSession).containsExactly(7L);
		});
	}

	@Test
	void enqueueInsideARolledBackTransactionIsVisibleAtOnceAndStays() {
		run((context) -> {
			assertThatIllegalStateException()
				.isThrownBy(() -> context.getBean(Service.class).inTransaction(this.key, this.queue, () -> {
					assertThat(tasksSeenFromOutside()).isEqualTo(1);
					throw new IllegalStateException("rolls back");
				}));
			assertThat(tasksSeenFromOutside()).isEqualTo(1);
			assertThat(this.outside.hasKey(this.key)).isFalse();
		});
	}

	@Test
	void enqueueInsideACommittedTransactionIsVisibleBeforeTheCommit() {
		run((context) -> {
			context.getBean(Service.class).inTransaction(this.key, this.queue, () -> {
				assertThat(tasksSeenFromOutside()).isEqualTo(1);
				assertThat(this.outside.hasKey(this.key)).isFalse();
			});
			assertThat(tasksSeenFromOutside()).isEqualTo(1);
			assertThat(this.outside.opsForValue().get(this.key)).isEqualTo("written");
		});
	}

	@Test
	void handlerInATransactionHasCommittedBeforeItsTaskIsReleased() {
		runner().withBean(TransactionalHandler.class).withPropertyValues("test.queue=" + this.queue).run((context) -> {
			ArqueOperations arque = context.getBean(ArqueOperations.class);
			arque.enqueue(this.queue, this.key);
			this.recorder.assertThatNextIs("not committed", 1L);
			await().atMost(Recorder.LONG)
				.untilAsserted(() -> assertThat(arque.queue(this.queue).stats().tasks()).isZero());
			assertThat(this.outside.opsForValue().get(this.key)).isEqualTo("by the handler");
		});
	}

	private void run(ContextConsumer<AssertableApplicationContext> test) {
		runner().run(test);
	}

	private ApplicationContextRunner runner() {
		return TestContexts.unrestricted()
			.withUserConfiguration(Transactions.class)
			.withBean(Recorder.class, () -> this.recorder)
			.withBean("sharing", BeanPostProcessor.class, () -> new Sharing(this.shared));
	}

	private Long tasksSeenFromOutside() {
		return this.outside.opsForHash().size(TestContexts.PREFIX + ":{" + this.queue + "}:tasks");
	}

	private static void inSession(StringRedisTemplate template, Consumer<RedisOperations<String, String>> work) {
		template.execute(session(work));
	}

	private static SessionCallback<Object> session(Consumer<RedisOperations<String, String>> work) {
		return new SessionCallback<>() {

			@Override
			@SuppressWarnings("unchecked")
			public <K, V> Object execute(RedisOperations<K, V> operations) throws DataAccessException {
				work.accept((RedisOperations<String, String>) operations);
				return null;
			}

		};
	}

	record Sharing(boolean shared) implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof LettuceConnectionFactory factory) {
				factory.setShareNativeConnection(this.shared);
			}
			return bean;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableTransactionManagement
	static class Transactions {

		@Bean
		PlatformTransactionManager transactionManager() {
			return new TransactionsOfNothing();
		}

		@Bean
		StringRedisTemplate transactionalTemplate(RedisConnectionFactory factory) {
			StringRedisTemplate template = new StringRedisTemplate(factory);
			template.setEnableTransactionSupport(true);
			return template;
		}

		@Bean
		Service service(StringRedisTemplate template, ArqueOperations arque) {
			return new Service(template, arque);
		}

	}

	static class Service {

		private final StringRedisTemplate template;

		private final ArqueOperations arque;

		Service(StringRedisTemplate template, ArqueOperations arque) {
			this.template = template;
			this.arque = arque;
		}

		@Transactional
		void inTransaction(String key, String queue, Runnable then) {
			this.template.opsForValue().set(key, "written");
			this.arque.enqueue(queue, "x");
			then.run();
		}

	}

	static class TransactionalHandler {

		private final StringRedisTemplate template;

		private final ArqueOperations arque;

		private final Recorder recorder;

		TransactionalHandler(StringRedisTemplate template, ArqueOperations arque, Recorder recorder) {
			this.template = template;
			this.arque = arque;
			this.recorder = recorder;
		}

		@Transactional
		@ArqueListener("${test.queue}")
		void handle(String key, LeasedTask task) {
			this.template.opsForValue().set(key, "by the handler");
			this.recorder.tell("not committed", this.arque.queue(task.queue()).stats().working());
		}

	}

}
