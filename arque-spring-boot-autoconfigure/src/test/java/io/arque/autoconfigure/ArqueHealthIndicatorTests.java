package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.TaskHandler;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.health.registry.HealthContributorRegistry;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What health says of listeners, also while Redis is away.
 */
class ArqueHealthIndicatorTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final ApplicationContextRunner runner = TestContexts.runner();

	@Test
	void isUpAndTellsOfEachListener() {
		String queue = TestContexts.newQueue("health");
		this.runner.run((context) -> {
			listen(context, (task, acknowledgement) -> {
			}, queue);
			Health health = health(context);
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(details(health)).containsEntry("queues", List.of(queue))
				.containsEntry("running", true)
				.containsKey("secondsSinceLastFetch")
				.doesNotContainKeys("failure", "overdueHandlers");
			context.getBean(ArqueListenerEndpointRegistry.class).getContainer("test-listener").stop();
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			assertThat(details(health(context))).containsEntry("running", false)
				.doesNotContainKey("secondsSinceLastFetch");
		});
	}

	@Test
	void isRegisteredByTheNameArque() {
		this.runner
			.run((context) -> assertThat(context.getBean(HealthContributorRegistry.class).getContributor("arque"))
				.isInstanceOf(ArqueHealthIndicator.class));
	}

	@Test
	void backsOffWhenTheApplicationDefinesTheIndicator() {
		HealthIndicator own = () -> Health.unknown().build();
		this.runner.withBean("arqueHealthIndicator", HealthIndicator.class, () -> own).run((context) -> {
			assertThat(context).doesNotHaveBean(ArqueHealthIndicator.class);
			assertThat(context).getBean("arqueHealthIndicator").isSameAs(own);
		});
	}

	@Test
	void isNotThereWhenDisabled() {
		this.runner.withPropertyValues("management.health.arque.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(ArqueHealthIndicator.class));
	}

	@Test
	void tellsOfHandlersThatIgnoreTheirTimeout() {
		String queue = TestContexts.newQueue("health");
		AtomicBoolean end = new AtomicBoolean();
		this.runner.run((context) -> {
			listen(context, (task, acknowledgement) -> {
				while (!end.get()) {
					Thread.onSpinWait();
				}
			}, queue);
			context.getBean(ArqueOperations.class)
				.enqueue(queue, "stubborn",
						EnqueueOptions.none().withTaskTimeout(Duration.ofSeconds(1)).withMaxAttempts(1));
			await().atMost(LONG)
				.untilAsserted(() -> assertThat(details(health(context))).containsEntry("overdueHandlers", 1));
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			end.set(true);
			await().atMost(LONG)
				.untilAsserted(() -> assertThat(details(health(context))).doesNotContainKey("overdueHandlers"));
		});
	}

	@Test
	void contextStartsWithoutRedisAndIsDownUntilRedisComes() {
		String queue = TestContexts.newQueue("health");
		CountDownLatch worked = new CountDownLatch(1);
		try (TestRedis redis = RedisServers.startPrivate()) {
			redis.stop();
			TestContexts.onRedis(redis.urlOfApplications()).run((context) -> {
				assertThat(context).hasNotFailed();
				listen(context, (task, acknowledgement) -> worked.countDown(), queue);
				await().atMost(LONG)
					.untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.DOWN));
				assertThat(details(health(context))).extractingByKey("failure", InstanceOfAssertFactories.STRING)
					.contains("RedisConnectionFailureException", "Connection refused");
				redis.start();
				await().atMost(LONG).untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
				context.getBean(ArqueOperations.class).enqueue(queue, "after the outage");
				assertThat(worked.await(30, TimeUnit.SECONDS)).isTrue();
			});
		}
	}

	@Test
	void isDownWhileRedisIsAway() {
		String queue = TestContexts.newQueue("health");
		try (TestRedis redis = RedisServers.startPrivate()) {
			TestContexts.onRedis(redis.urlOfApplications()).run((context) -> {
				listen(context, (task, acknowledgement) -> {
				}, queue);
				await().atMost(LONG).untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
				redis.stop();
				await().atMost(LONG)
					.untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.DOWN));
				redis.start();
				await().atMost(LONG).untilAsserted(() -> assertThat(health(context).getStatus()).isEqualTo(Status.UP));
			});
		}
	}

	private static void listen(ApplicationContext context, TaskHandler handler, String... queues) {
		context.getBean(ArqueListenerEndpointRegistry.class)
			.register(Endpoints.of(handler, queues), context.getBean(ArqueListenerContainerFactory.class));
	}

	private static Health health(ApplicationContext context) {
		return context.getBean(ArqueHealthIndicator.class).health();
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> details(Health health) {
		return (Map<String, Object>) health.getDetails().get("test-listener");
	}

}
