package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.RejectTaskException;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.SlowLook;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The meters that Actuator shows.
 */
class ArqueMetricsTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	@Test
	void gaugesShowWhatAQueueHoldsThatThisApplicationOnlyFeeds() {
		String queue = TestContexts.newQueue("gauges");
		TestContexts.runner()
			.withPropertyValues("arque.metrics.refresh-interval=100ms", "arque.sweep-interval=100ms")
			.run((context) -> {
				ArqueOperations operations = context.getBean(ArqueOperations.class);
				MeterRegistry meters = context.getBean(MeterRegistry.class);
				operations.enqueue(queue, "now");
				operations.enqueue(queue, "now too");
				operations.enqueue(queue, "later", EnqueueOptions.none().withDelay(Duration.ofHours(1)));
				operations.queue(queue).workingLimit(77);
				await().atMost(LONG).untilAsserted(() -> {
					assertThat(tasks(meters, queue, "pending")).isEqualTo(2);
					assertThat(tasks(meters, queue, "delayed")).isEqualTo(1);
					assertThat(tasks(meters, queue, "working")).isZero();
					assertThat(tasks(meters, queue, "failed")).isZero();
					assertThat(meters.get("arque.queue.working.limit").tag("queue", queue).gauge().value())
						.isEqualTo(77);
					assertThat(meters.get("arque.queue.oldest.age").tag("queue", queue).gauge().value()).isPositive();
				});
				assertThat(counter(meters, "arque.task.enqueued", queue)).isEqualTo(3);
			});
	}

	@Test
	void timersAndCountersMoveAsTasksDo() {
		String queue = TestContexts.newQueue("counters");
		TestContexts.runner().withPropertyValues("arque.metrics.refresh-interval=100ms").run((context) -> {
			context.getBean(ArqueListenerEndpointRegistry.class).register(Endpoints.of((task, acknowledgement) -> {
				if (task.payload().text().equals("bad")) {
					throw new RejectTaskException("bad");
				}
				if (task.payload().text().equals("second time") && task.attempt() == 1) {
					throw new IllegalStateException("Fails on purpose");
				}
			}, queue), context.getBean(ArqueListenerContainerFactory.class));
			ArqueOperations operations = context.getBean(ArqueOperations.class);
			operations.enqueue(queue, "good");
			operations.enqueue(queue, "bad");
			operations.enqueue(queue, "second time");
			MeterRegistry meters = context.getBean(MeterRegistry.class);
			await().atMost(LONG).untilAsserted(() -> {
				assertThat(processed(meters, queue, "released")).isEqualTo(2);
				assertThat(processed(meters, queue, "failed")).isEqualTo(1);
				assertThat(processed(meters, queue, "requeued")).isEqualTo(1);
				assertThat(counter(meters, "arque.task.requeued", queue)).isEqualTo(1);
				assertThat(counter(meters, "arque.task.failed", queue)).isEqualTo(1);
				assertThat(meters.get("arque.task.wait").tag("queue", queue).timer().count()).isEqualTo(3);
				assertThat(tasks(meters, queue, "failed")).isEqualTo(1);
			});
		});
	}

	@Test
	void readingTheMetersCallsNoRedis() {
		String queue = TestContexts.newQueue("scraped");
		try (TestRedis redis = RedisServers.startPrivate()) {
			TestContexts.onRedis(redis.urlOfApplications())
				.withPropertyValues("arque.metrics.refresh-interval=100ms", "arque.sweep-interval=100ms")
				.run((context) -> {
					context.getBean(ArqueOperations.class).enqueue(queue, "x");
					MeterRegistry meters = context.getBean(MeterRegistry.class);
					await().atMost(LONG).untilAsserted(() -> assertThat(tasks(meters, queue, "pending")).isEqualTo(1));
					context.getBean(SlowLook.class).stop();
					redis.stop();
					// what a gauge's function throws is shown as no number
					assertThat(values(meters)).isNotEmpty().doesNotContain(Double.NaN);
					assertThat(tasks(meters, queue, "pending")).as("still told, without Redis").isEqualTo(1);
				});
		}
	}

	private static List<Double> values(MeterRegistry meters) {
		return meters.getMeters()
			.stream()
			.filter((meter) -> meter.getId().getName().startsWith("arque."))
			.flatMap((meter) -> StreamSupport.stream(meter.measure().spliterator(), false))
			.map(Measurement::getValue)
			.toList();
	}

	private static double tasks(MeterRegistry meters, String queue, String state) {
		return meters.get("arque.queue.tasks").tag("queue", queue).tag("state", state).gauge().value();
	}

	private static double counter(MeterRegistry meters, String name, String queue) {
		return meters.get(name).tag("queue", queue).counter().count();
	}

	private static long processed(MeterRegistry meters, String queue, String outcome) {
		return meters.get("arque.task.processing").tag("queue", queue).tag("outcome", outcome).timer().count();
	}

}
