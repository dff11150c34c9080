package io.arque.listener;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.arque.ArqueMetrics;
import io.arque.QueueSettings;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@code Load} is a producer and a listener on one queue, and what they know of its tasks
 * outside of Redis.
 */
final class Load implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(90);

	private static final long WORK_NANOS = Duration.ofMillis(10).toNanos();

	private static final long PAUSE_NANOS = Duration.ofMillis(2).toNanos();

	private final String queue = TestApplication.newQueue();

	private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();

	private final Map<String, Integer> runs = new ConcurrentHashMap<>();

	private final AtomicInteger refused = new AtomicInteger();

	private final TestApplication application;

	private final ArqueListenerContainer listener;

	private final Thread producer = new Thread(this::produce, "producer");

	private volatile boolean ending;

	Load(RedisConnectionFactory connections, Duration lease) {
		QueueSettings settings = new QueueSettings(50, lease, Duration.ofSeconds(60), QueueSettings.Retry.DEFAULTS,
				QueueSettings.DeadLetter.DEFAULTS);
		this.application = new TestApplication(connections, settings, ContainerSettings.DEFAULTS.withConcurrency(8),
				ArqueMetrics.NONE);
		this.listener = this.application.listen(this.queue, (task, acknowledgement) -> {
			this.runs.merge(task.id(), 1, Integer::sum);
			LockSupport.parkNanos(WORK_NANOS);
		});
		this.producer.start();
	}

	private void produce() {
		while (!this.ending) {
			try {
				this.acknowledged.add(this.application.template().enqueue(this.queue, "payload"));
			}
			catch (DataAccessException ex) {
				this.refused.incrementAndGet();
			}
			LockSupport.parkNanos(PAUSE_NANOS);
		}
	}

	/**
	 * Returns a key of the queue.
	 */
	String key() {
		return "arque-test:{" + this.queue + "}:config";
	}

	/**
	 * Returns the ids that have been acknowledged to the producer so far.
	 */
	Set<String> acknowledged() {
		return Set.copyOf(this.acknowledged);
	}

	/**
	 * Returns the ids of the tasks that have been started so far, with how often.
	 */
	Map<String, Integer> runs() {
		return this.runs;
	}

	/**
	 * Returns when so many more tasks have been started, of those that nobody had started
	 * before.
	 */
	void awaitMore(int tasks) {
		int enough = this.runs.size() + tasks;
		await().atMost(PATIENCE).until(() -> this.runs.size() >= enough);
	}

	/**
	 * Ends the producer and returns when nothing is left in the queue and nothing fails.
	 */
	void finish() throws InterruptedException {
		this.ending = true;
		this.producer.join();
		await().atMost(PATIENCE)
			.ignoreExceptionsInstanceOf(DataAccessException.class)
			.until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		await().atMost(PATIENCE).until(() -> this.listener.health().failure() == null);
		assertThat(this.application.queue(this.queue).failed().list(0, 1)).isEmpty();
	}

	/**
	 * Returns when a task has been started although nobody looks by himself: a message
	 * came, or the subscription was made again.
	 */
	void awaitWakeUp() {
		this.application.withoutSlowLook();
		String id = this.application.template().enqueue(this.queue, "payload");
		await().atMost(PATIENCE).until(() -> this.runs.containsKey(id));
	}

	/**
	 * Each task that was acknowledged has run, and none twice; nor has any other that may
	 * have been enqueued although its producer was told of a failure.
	 */
	void assertNothingIsLostAndNothingRanTwice() {
		assertThat(this.runs).containsKeys(this.acknowledged.toArray(String[]::new));
		assertThat(this.runs.values()).containsOnly(1);
		assertThat(this.runs).hasSizeLessThanOrEqualTo(this.acknowledged.size() + this.refused.get());
	}

	@Override
	public void close() {
		this.ending = true;
		this.application.close();
	}

}
