package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.test.OnePartition;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The working limit over two instances, each with far more threads than it.
 */
@OnePartition("Watches one key, see PartitionChangeTests")
class ThrottleTests {

	private static final Logger logger = LoggerFactory.getLogger(ThrottleTests.class);

	private static final int LIMIT = 3;

	private static final int TASKS = 3000;

	/** Together long enough for the one who got nothing to be given its turn. */
	private static final long WORK_NANOS = 2_000_000;

	private final String queue = TestApplication.newQueue();

	private final byte[] working = key("working");

	private final byte[] waiters = key("waiters");

	private final AtomicInteger concurrent = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

	/** A handler's own assertion would be a failed attempt, and retried. */
	private final Set<String> repeated = ConcurrentHashMap.newKeySet();

	private final RedisConnectionFactory connections = RedisServers.connectionFactory();

	private TestApplication one;

	private TestApplication other;

	@BeforeEach
	void start() {
		this.one = instance(LIMIT);
		this.other = instance(LIMIT);
	}

	@AfterEach
	void stop() {
		this.one.close();
		this.other.close();
	}

	private byte[] key(String kind) {
		return ("arque-test:{" + this.queue + "}:" + kind).getBytes(StandardCharsets.UTF_8);
	}

	private TestApplication instance(int limit) {
		QueueSettings settings = new QueueSettings(limit, Duration.ofSeconds(30), Duration.ofSeconds(90),
				QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);
		return new TestApplication(this.connections, settings, ContainerSettings.DEFAULTS.withConcurrency(20),
				ArqueMetrics.NONE);
	}

	@Test
	void neverMoreLeasesThanTheLimitAndNoSpinning() throws Exception {
		Set<String> done = ConcurrentHashMap.newKeySet();
		AtomicInteger byOne = new AtomicInteger();
		this.one.listen(this.queue, (task, acknowledgement) -> work(task.id(), done, byOne));
		this.other.listen(this.queue, (task, acknowledgement) -> work(task.id(), done, new AtomicInteger()));
		await().until(() -> waiters() == 2);
		AtomicLong mostLeases = new AtomicLong();
		AtomicBoolean end = new AtomicBoolean();
		Thread watcher = new Thread(() -> watch(mostLeases, end));
		watcher.start();
		long before = scriptCalls();
		this.one.template().enqueueAll(this.queue, IntStream.range(0, TASKS).boxed().toList());
		await().atMost(Duration.ofMinutes(2)).until(() -> done.size() == TASKS);
		await().until(() -> this.one.queue(this.queue).stats().tasks() == 0);
		long calls = scriptCalls() - before;
		end.set(true);
		watcher.join();
		logger.info("{} tasks, {} of them by the first instance, at most {} leases, {} script calls", TASKS, byOne,
				mostLeases, calls);
		assertThat(this.repeated).as("tasks that ran more than once").isEmpty();
		assertThat(this.most).hasValueLessThanOrEqualTo(LIMIT);
		assertThat(mostLeases).hasValueBetween(1, LIMIT);
		assertThat(byOne.get()).as("tasks that the first instance got, of " + TASKS).isBetween(1, TASKS - 1);
		assertThat(calls).as("script calls for " + TASKS + " tasks").isLessThan(3L * TASKS);
	}

	@Test
	void makesHardlyAnyCallsWhileTheLimitIsReached() {
		CountDownLatch end = new CountDownLatch(1);
		TaskHandler handler = workUntil(end);
		this.one.listen(this.queue, handler);
		this.other.listen(this.queue, handler);
		this.one.template().enqueueAll(this.queue, IntStream.range(0, 40).boxed().toList());
		await().until(() -> this.concurrent.get() == LIMIT);
		long start = System.nanoTime();
		long before = scriptCalls();
		await().during(Duration.ofSeconds(3))
			.atMost(Duration.ofSeconds(30))
			.until(() -> this.concurrent.get() == LIMIT);
		long calls = scriptCalls() - before;
		double seconds = (System.nanoTime() - start) / 1e9;
		// each instance looks once a second; a few calls more for the first round and a
		// renewal
		assertThat(calls).isLessThan((long) (2 * seconds) + 8);
		end.countDown();
		await().until(() -> this.one.queue(this.queue).stats().tasks() == 0);
	}

	@Test
	void freedPlaceWakesTheOtherInstance() {
		this.one.withoutSlowLook();
		this.other.withoutSlowLook();
		this.one.template().enqueueAll(this.queue, IntStream.range(0, LIMIT).boxed().toList());
		// by hand, so that the first instance has no consumer that would take the rest
		List<LeasedTask> held = this.one.queue(this.queue).dequeue(LIMIT, Duration.ZERO).tasks();
		assertThat(held).hasSize(LIMIT);
		AtomicInteger elsewhere = new AtomicInteger();
		this.other.listen(this.queue, (task, acknowledgement) -> elsewhere.incrementAndGet());
		List<String> more = List.of("x", "y", "z", "a", "b", "c");
		this.one.template().enqueueAll(this.queue, more);
		// time enough for its subscription too, which wakes it once when it is made
		await().during(Duration.ofMillis(300)).until(() -> waiters() == 1 && elsewhere.get() == 0);
		this.one.queue(this.queue).release(held.toArray(LeasedTask[]::new));
		await().until(() -> elsewhere.get() == more.size());
		await().until(() -> this.one.queue(this.queue).stats().tasks() == 0);
	}

	@Test
	void eachInstanceHonoursItsOwnLimitAndIsWokenForItWithoutSpinning() {
		this.one.withoutSlowLook();
		this.other.withoutSlowLook();
		CountDownLatch end = new CountDownLatch(1);
		TaskHandler handler = workUntil(end);
		try (TestApplication larger = instance(2 * LIMIT).withoutSlowLook()) {
			this.one.listen(this.queue, handler);
			this.other.listen(this.queue, handler);
			this.one.template().enqueueAll(this.queue, IntStream.range(0, LIMIT).boxed().toList());
			await().until(() -> this.concurrent.get() == LIMIT);
			larger.listen(this.queue, handler);
			this.one.template().enqueueAll(this.queue, IntStream.range(0, 20).boxed().toList());
			await().until(() -> this.concurrent.get() == 2 * LIMIT);
			long start = System.nanoTime();
			long before = scriptCalls();
			await().during(Duration.ofSeconds(1)).until(() -> this.concurrent.get() == 2 * LIMIT);
			long calls = scriptCalls() - before;
			double seconds = (System.nanoTime() - start) / 1e9; // renewals come every
																// five
			assertThat(calls).isLessThan(10 + (long) seconds);
			end.countDown();
			await().until(() -> this.one.queue(this.queue).stats().tasks() == 0);
		}
	}

	@Test
	void limitRaisedAtRunTimeCountsAtOnceForAll() {
		this.one.withoutSlowLook();
		this.other.withoutSlowLook();
		CountDownLatch end = new CountDownLatch(1);
		TaskHandler handler = workUntil(end);
		this.one.listen(this.queue, handler);
		this.other.listen(this.queue, handler);
		this.one.template().enqueueAll(this.queue, IntStream.range(0, 40).boxed().toList());
		await().until(() -> this.concurrent.get() == LIMIT);
		this.other.queue(this.queue).workingLimit(30);
		await().until(() -> this.concurrent.get() == 30);
		assertThat(this.one.queue(this.queue).stats().workingLimit()).hasValue(30);
		end.countDown();
		await().until(() -> this.one.queue(this.queue).stats().tasks() == 0);
	}

	private TaskHandler workUntil(CountDownLatch end) {
		return (task, acknowledgement) -> {
			this.concurrent.incrementAndGet();
			end.await();
		};
	}

	private void work(String id, Set<String> done, AtomicInteger mine) {
		this.most.accumulateAndGet(this.concurrent.incrementAndGet(), Math::max);
		LockSupport.parkNanos(WORK_NANOS);
		this.concurrent.decrementAndGet();
		mine.incrementAndGet();
		if (!done.add(id)) {
			this.repeated.add(id);
		}
	}

	private void watch(AtomicLong mostLeases, AtomicBoolean end) {
		try (RedisConnection connection = this.connections.getConnection()) {
			while (!end.get()) {
				mostLeases.accumulateAndGet(connection.zSetCommands().zCard(this.working), Math::max);
			}
		}
	}

	private long waiters() {
		try (RedisConnection connection = this.connections.getConnection()) {
			return connection.zSetCommands().zCard(this.waiters);
		}
	}

	private long scriptCalls() {
		return RedisServers.scriptCalls(this.connections);
	}

}
