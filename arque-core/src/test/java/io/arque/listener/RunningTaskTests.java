package io.arque.listener;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.Fetch.Join;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A task and its queue as a loop sees them, without the loop's thread.
 */
class RunningTaskTests {

	private final String queue = TestApplication.newQueue();

	private final AtomicInteger runs = new AtomicInteger();

	@Test
	void isNotStartedWhenItsLeaseWasOverBeforeAThreadWasFree() {
		ArqueClient client = client(RedisServers.connectionFactory());
		new ArqueTemplate(client).enqueue(this.queue, "x");
		LeasedTask task = client.queue(this.queue).dequeue(1, Duration.ZERO).tasks().get(0);
		QueueSource source = source(client);
		long lease = QueueSettings.DEFAULTS.leaseDuration().toNanos();
		run(task, source, System.nanoTime() - lease);
		assertThat(this.runs).hasValue(0);
		run(task, source, System.nanoTime() - lease / 2);
		assertThat(this.runs).hasValue(1);
		client.queue(this.queue).release(task);
		client.wakeUp().stop();
	}

	@Test
	void consumersThatFailTogetherTryAgainAtTimesOfTheirOwn() {
		RedisConnectionFactory away = (RedisConnectionFactory) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { RedisConnectionFactory.class }, (proxy, method, args) -> {
					throw new RedisConnectionFailureException("away");
				});
		ArqueClient client = client(away);
		LongSummaryStatistics pauses = IntStream.range(0, 30).mapToLong((i) -> {
			QueueSource source = source(client);
			source.prepare(1, Join.WHEN_SHORT);
			assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(source::send);
			return source.idleNanos(System.nanoTime()) / 1_000_000;
		}).summaryStatistics();
		assertThat(pauses.getMin()).isGreaterThanOrEqualTo(40);
		assertThat(pauses.getMax() - pauses.getMin()).isGreaterThan(10);
	}

	private void run(LeasedTask task, QueueSource source, long leasedNanos) {
		new RunningTask(task, source, (each, acknowledgement) -> this.runs.incrementAndGet(), AckMode.MANUAL,
				leasedNanos)
			.run();
	}

	private QueueSource source(ArqueClient client) {
		ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint("listener", List.of(this.queue),
				(task, acknowledgement) -> {
				}, null, new ArqueListenerEndpoint.Overrides(null, null, null));
		return new ConsumerLoop(endpoint, ContainerSettings.DEFAULTS, client, Runnable::run).sources().get(0);
	}

	private static ArqueClient client(RedisConnectionFactory connections) {
		return new ArqueClient(connections, new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
	}

}
