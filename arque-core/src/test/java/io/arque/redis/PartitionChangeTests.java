package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.listener.ContainerSettings;
import io.arque.listener.TestApplication;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The number of partitions changes while producers and consumers of different numbers
 * run. On one server, since only there all partitions can be looked at in one moment.
 */
@OwnServer
class PartitionChangeTests {

	private static final Logger logger = LoggerFactory.getLogger(PartitionChangeTests.class);

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final int LIMIT = 12;

	/** Adds up the leases of all partitions, whatever their number. */
	private static final byte[] LEASES = """
			local sum = 0
			for _, key in ipairs(redis.call('KEYS', 'arque-test:{*}:working')) do
			  sum = sum + redis.call('ZCARD', key)
			end
			return sum
			""".getBytes(StandardCharsets.UTF_8);

	private final String queue = TestApplication.newQueue();

	private final Set<String> enqueued = ConcurrentHashMap.newKeySet();

	private final Map<String, Integer> runs = new ConcurrentHashMap<>();

	private final AtomicLong most = new AtomicLong();

	private final AtomicLong leases = new AtomicLong();

	private final Thread watcher = new Thread(this::watch, "watcher");

	private TestRedis redis;

	private LettuceConnectionFactory connections;

	private volatile boolean ending;

	@BeforeEach
	void start() {
		this.redis = RedisServers.startPrivate();
		this.connections = this.redis.newConnectionFactory();
		this.watcher.start();
	}

	@AfterEach
	void stop() throws InterruptedException {
		this.ending = true;
		this.watcher.join();
		this.connections.destroy();
		this.redis.close();
	}

	private void watch() {
		try (RedisConnection connection = this.connections.getConnection()) {
			while (!this.ending) {
				Long now = connection.scriptingCommands().eval(LEASES, ReturnType.INTEGER, 0);
				this.leases.set(now);
				this.most.accumulateAndGet(now, Math::max);
			}
		}
	}

	@Test
	void limitHoldsAndNothingIsLostWhileTheNumberChanges() {
		Instance two = new Instance(2, LIMIT);
		awaitMore(300);
		Instance five = new Instance(5, LIMIT);
		awaitMore(300);
		two.close();
		awaitMore(300);
		Instance one = new Instance(1, LIMIT);
		awaitMore(300);
		five.close();
		awaitMore(300);
		Instance again = new Instance(2, LIMIT);
		one.close();
		awaitMore(300);
		finish(again);
	}

	@Test
	void limitHoldsWhileInstancesOfTwoConfigurationsRunAndWhileItIsChanged() {
		Instance small = new Instance(2, LIMIT - 4);
		Instance large = new Instance(5, LIMIT);
		awaitMore(400);
		small.application.queue(this.queue).workingLimit(7);
		await().during(Duration.ofSeconds(1)).atMost(PATIENCE).until(() -> this.leases.get() <= 7);
		this.most.set(0);
		awaitMore(400);
		assertThat(this.watcher.isAlive()).as("somebody looks").isTrue();
		assertThat(this.most.get()).isBetween(1L, 7L);
		large.application.queue(this.queue).resetWorkingLimit();
		awaitMore(400);
		small.close();
		awaitMore(200);
		finish(large);
	}

	private void awaitMore(int tasks) {
		int enough = this.runs.size() + tasks;
		await().atMost(PATIENCE).until(() -> this.runs.size() >= enough);
	}

	private void finish(Instance last) {
		last.producing = false;
		await().atMost(PATIENCE).until(() -> !last.producer.isAlive());
		await().atMost(PATIENCE).until(() -> last.application.queue(this.queue).stats().tasks() == 0);
		logger.info("{} tasks, at most {} leases", this.enqueued.size(), this.most);
		last.close();
		assertThat(this.runs.keySet()).isEqualTo(this.enqueued);
		assertThat(this.runs.values()).containsOnly(1);
		assertThat(this.watcher.isAlive()).as("somebody has looked all the time").isTrue();
		assertThat(this.most.get()).isBetween(1L, (long) LIMIT);
	}

	/**
	 * An instance that produces and consumes.
	 */
	private final class Instance {

		private final TestApplication application;

		private final Thread producer = new Thread(this::produce, "producer");

		private volatile boolean producing = true;

		Instance(int partitions, int limit) {
			QueueSettings settings = new QueueSettings(limit, Duration.ofSeconds(30), Duration.ofSeconds(60),
					QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS, partitions);
			this.application = new TestApplication(PartitionChangeTests.this.connections, settings,
					ContainerSettings.DEFAULTS.withConcurrency(20), ArqueMetrics.NONE);
			this.application.listen(PartitionChangeTests.this.queue, (task, acknowledgement) -> {
				PartitionChangeTests.this.runs.merge(task.id(), 1, Integer::sum);
				LockSupport.parkNanos(3_000_000);
			});
			this.producer.start();
		}

		private void produce() {
			while (this.producing) {
				PartitionChangeTests.this.enqueued
					.add(this.application.template().enqueue(PartitionChangeTests.this.queue, "payload"));
				LockSupport.parkNanos(500_000);
			}
		}

		void close() {
			this.producing = false;
			await().atMost(PATIENCE).until(() -> !this.producer.isAlive());
			this.application.close();
		}

	}

}
