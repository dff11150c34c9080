package io.arque.listener;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.Fetch.Join;
import io.arque.redis.Settlement;
import io.arque.test.RedisServers;
import io.arque.test.WatchedConnections;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

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
	void renewalCountsFromWhenItWasSent() {
		QueueSettings brief = new QueueSettings(5, Duration.ofMillis(1500), Duration.ofMinutes(1),
				QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);
		long answerTakes = Duration.ofMillis(600).toNanos(); // more than a third of a
																// lease
		RedisConnectionFactory slow = WatchedConnections.on(
				RedisServers.ofApplications(RedisServers.connectionFactory()),
				() -> LockSupport.parkNanos(answerTakes));
		ArqueClient client = client(slow, brief);
		new ArqueTemplate(client).enqueue(this.queue, "x");
		LeasedTask task = client.queue(this.queue).dequeue(1, Duration.ZERO).tasks().get(0);
		QueueSource source = source(client);
		RunningTask running = new RunningTask(task, source, (each, acknowledgement) -> {
		}, AckMode.MANUAL, System.nanoTime() - brief.leaseDuration().toNanos());
		source.starts(running);
		Instant until = client.queue(this.queue).task(task.id()).orElseThrow().until();
		new LeaseKeeper().renew(source.partition(), List.of(running), List.of());
		assertThat(running.isDueForRenewal(System.nanoTime())).as("due again when the answer comes").isTrue();
		assertThat(client.queue(this.queue).task(task.id()).orElseThrow().until()).isAfter(until);
		client.queue(this.queue).release(task);
	}

	@Test
	void consumersThatFailTogetherTryAgainAtTimesOfTheirOwn() {
		ArqueClient client = client(away());
		// a pause begins while the call fails: it is no longer than seen from before, no
		// shorter
		// than seen from after
		LongSummaryStatistics atMost = new LongSummaryStatistics();
		LongSummaryStatistics atLeast = new LongSummaryStatistics();
		for (int i = 0; i < 30; i++) {
			QueueSource source = source(client);
			source.prepare(1, Join.WHEN_SHORT);
			long before = System.nanoTime();
			assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(source::send);
			atLeast.accept(source.idleNanos(System.nanoTime()) / 1_000_000);
			atMost.accept(source.idleNanos(before) / 1_000_000);
		}
		assertThat(atMost.getMin()).isGreaterThanOrEqualTo(50);
		assertThat(atLeast.getMax() - atMost.getMin()).isGreaterThan(10);
	}

	@Test
	void consumerThatIsInAHurryTriesAgainSoon() {
		QueueSource source = source(client(away()));
		source.prepare(1, Join.WHEN_SHORT);
		for (int i = 0; i < 5; i++) {
			assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(source::send);
		}
		assertThat(source.idleNanos(System.nanoTime())).isGreaterThan(Duration.ofMillis(500).toNanos());
		source.hurry();
		assertThat(source.idleNanos(System.nanoTime())).isLessThanOrEqualTo(Duration.ofMillis(100).toNanos());
	}

	@Test
	void callThatThereIsNoMemoryForKeepsNeitherPermitsNorWhatItWasToTell() {
		QueueSource source = source(client(RedisServers.connectionFactory()));
		QueueCaller caller = new QueueCaller(source.partition().consumer());
		QueueCaller broken = mock();
		willThrow(new OutOfMemoryError("no room for a call")).given(broken).prepare(any());
		Settlement settlement = mock();
		given(settlement.verb()).willReturn(Settlement.Verb.RELEASE);
		source.settle(settlement);
		int free = source.permits().free();
		assertThatExceptionOfType(OutOfMemoryError.class)
			.isThrownBy(() -> source.prepare(broken, source.permits().take(1, true), Join.NEVER, false, false));
		assertThat(source.permits().free()).isEqualTo(free);
		source.prepare(caller, 0, Join.NEVER, false, false);
		assertThat(caller.untold()).containsExactly(settlement);
	}

	@Test
	void nothingIsThoughtFlushedThatIsSettledWhileItIsLookedAt() {
		QueueSource source = source(client(RedisServers.connectionFactory()));
		source.prepare(1, Join.NEVER);
		source.send();
		assertThat(source.isFlushed()).isTrue();
		RunningTask ending = mock();
		given(ending.isSettled()).willAnswer((call) -> {
			source.settle(mock());
			return true;
		});
		source.starts(ending);
		assertThat(source.isFlushed()).isFalse();
	}

	private static RedisConnectionFactory away() {
		return WatchedConnections.on(RedisServers.connectionFactory(), () -> {
			throw new RedisConnectionFailureException("away");
		});
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
		return new ConsumerLoop(endpoint, ContainerSettings.DEFAULTS, client, Handlers.of(Runnable::run)).sources()
			.all()
			.get(0);
	}

	private static ArqueClient client(RedisConnectionFactory connections) {
		return client(connections, QueueSettings.DEFAULTS);
	}

	private static ArqueClient client(RedisConnectionFactory connections, QueueSettings settings) {
		return new ArqueClient(RedisServers.ofApplications(connections),
				new ArqueSettings("arque-test", 1024, (name) -> settings),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
	}

}
