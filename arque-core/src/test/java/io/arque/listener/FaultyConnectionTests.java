package io.arque.listener;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.ArqueMetrics.Event;
import io.arque.EnqueueOptions;
import io.arque.OnDuplicate;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.redis.ArqueTemplate;
import io.arque.test.FaultPlan;
import io.arque.test.FaultyProxy;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Producer and listener work while their connections break, answers come late, and
 * wake-up messages get lost.
 */
class FaultyConnectionTests {

	private static final int TASKS = 300;

	private final String queue = TestApplication.newQueue();

	private final FaultyProxy proxy = FaultyProxy.beforeSharedServer();

	private final LettuceConnectionFactory direct = RedisServers.newConnectionFactory();

	private final TestApplication observer = new TestApplication(this.direct, QueueSettings.DEFAULTS).withoutSlowLook();

	private final Map<String, List<Integer>> attempts = new ConcurrentHashMap<>();

	private final Counts counts = new Counts();

	@AfterEach
	void close() {
		this.observer.close();
		this.direct.destroy();
		this.proxy.close();
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3 })
	void everyTaskRunsOnceWhileConnectionsBreakAndAnswersComeLate(long seed) {
		Duration timeout = Duration.ofMillis(700);
		LettuceConnectionFactory faulty = this.proxy.newConnectionFactory(timeout);
		try (TestApplication worker = worker(faulty)) {
			worker.listen(this.queue,
					(task, acknowledgement) -> this.attempts
						.computeIfAbsent(task.id(), (id) -> new CopyOnWriteArrayList<>())
						.add(task.attempt()));
			this.proxy.plan(FaultPlan.random(seed, 12, 4, timeout.multipliedBy(2)));
			enqueueWhileConnectionsBreak(seed);
			await().atMost(Duration.ofSeconds(90)).until(() -> this.observer.queue(this.queue).stats().tasks() == 0);
			this.proxy.plan(FaultPlan.NONE);
		}
		finally {
			faulty.destroy();
		}
		assertThat(this.proxy.faults()).isGreaterThan(10);
		assertThat(this.attempts).hasSize(TASKS);
		assertThat(this.attempts.values()).allSatisfy((each) -> assertThat(each).containsExactly(1));
		assertThat(this.counts.of(Event.LEASE_LOST)).isZero();
		assertThat(this.counts.of(Event.CRASHED)).isZero();
		QueueStats stats = this.observer.queue(this.queue).stats();
		assertThat(stats.failed()).isZero();
		assertThat(stats.working()).isZero();
	}

	/**
	 * Nothing here comes later than the time-out, so every call is answered: a
	 * {@code DuplicateTaskException} would be about the call's own first arrival.
	 */
	private void enqueueWhileConnectionsBreak(long seed) {
		try (FaultyProxy own = FaultyProxy.beforeSharedServer()) {
			LettuceConnectionFactory faulty = own.newConnectionFactory(Duration.ofSeconds(60));
			try (TestApplication producer = new TestApplication(faulty, QueueSettings.DEFAULTS).withoutSlowLook()) {
				ArqueTemplate template = producer.template();
				producer.queue(this.queue).stats(); // a first connection is not made
													// again
				own.plan(FaultPlan.random(seed, 10, 0, Duration.ZERO));
				IntStream.range(0, TASKS / 2)
					.forEach((i) -> template.enqueue(this.queue, "payload",
							EnqueueOptions.none().withId("task-" + i).withOnDuplicate(OnDuplicate.REJECT)));
				for (int i = 0; i < 10; i++) {
					template.enqueueAll(this.queue, IntStream.range(0, TASKS / 20).boxed().toList());
				}
				assertThat(own.faults()).isPositive();
			}
			finally {
				faulty.destroy();
			}
		}
	}

	@Test
	void leasesAreKeptWhileConnectionsBreak() throws Exception {
		Duration lease = Duration.ofSeconds(6);
		QueueSettings settings = new QueueSettings(10, lease, Duration.ofMinutes(2), QueueSettings.Retry.DEFAULTS,
				QueueSettings.DeadLetter.DEFAULTS);
		LettuceConnectionFactory faulty = this.proxy.newConnectionFactory(Duration.ofMillis(900));
		try (TestApplication worker = new TestApplication(faulty, settings, ContainerSettings.DEFAULTS, this.counts)) {
			worker.listen(this.queue, (task, acknowledgement) -> {
				this.attempts.computeIfAbsent(task.id(), (id) -> new CopyOnWriteArrayList<>()).add(task.attempt());
				int faults = this.proxy.faults();
				Instant until = task.lease().deadline().plus(lease);
				await().atMost(Duration.ofSeconds(60))
					.until(() -> this.proxy.faults() > faults
							&& this.observer.queue(this.queue).task(task.id()).orElseThrow().until().isAfter(until));
			});
			this.proxy.plan(FaultPlan.random(7, 15, 0, Duration.ZERO));
			this.observer.template().enqueueAll(this.queue, IntStream.range(0, 5).boxed().toList());
			await().atMost(Duration.ofSeconds(90))
				.until(() -> this.attempts.size() == 5 && this.observer.queue(this.queue).stats().tasks() == 0);
		}
		finally {
			faulty.destroy();
		}
		assertThat(this.attempts.values()).allSatisfy((each) -> assertThat(each).containsExactly(1));
		assertThat(this.counts.of(Event.LEASE_LOST)).isZero();
		assertThat(this.counts.of(Event.CRASHED)).isZero();
	}

	@Test
	void noTaskWaitsLongerThanTheSlowLookWhenEverySecondMessageIsLost() {
		LettuceConnectionFactory faulty = this.proxy.newConnectionFactory(Duration.ofSeconds(20));
		try (TestApplication worker = worker(faulty)) {
			worker.listen(this.queue,
					(task, acknowledgement) -> this.attempts
						.computeIfAbsent(task.payload().text(), (id) -> new CopyOnWriteArrayList<>())
						.add(task.attempt()));
			this.proxy.dropEverySecondMessage();
			int enqueued = 0;
			while (this.proxy.messages() < 8) {
				String payload = "payload " + enqueued++;
				this.observer.template().enqueue(this.queue, payload);
				await().pollInterval(Duration.ofMillis(5))
					.atMost(Duration.ofSeconds(20)) // the shortest lease ends later
					.until(() -> this.attempts.containsKey(payload));
				assertThat(enqueued).isLessThan(500);
			}
			assertThat(this.attempts).hasSize(enqueued);
		}
		finally {
			faulty.destroy();
		}
	}

	private TestApplication worker(LettuceConnectionFactory connections) {
		return new TestApplication(connections, QueueSettings.DEFAULTS, ContainerSettings.DEFAULTS, this.counts);
	}

	private static final class Counts implements ArqueMetrics {

		private final Map<Event, Long> counts = new EnumMap<>(Event.class);

		@Override
		public synchronized void count(String queue, Event event, long tasks) {
			this.counts.merge(event, tasks, Long::sum);
		}

		synchronized long of(Event event) {
			return this.counts.getOrDefault(event, 0L);
		}

	}

}
