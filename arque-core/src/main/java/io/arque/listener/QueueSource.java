package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;

import io.arque.ArqueMetrics;
import io.arque.DequeueResult.Reason;
import io.arque.redis.Fetch;
import io.arque.redis.Fetch.Join;
import io.arque.redis.Fetched;
import io.arque.redis.QueueConsumer;
import io.arque.redis.QueuePartition;
import io.arque.redis.RedisQueue;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * {@code QueueSource} is one partition of a queue as seen by one {@link ConsumerLoop}: it
 * knows when it is worth a call, what has finished meanwhile, and repeats a call until it
 * gets an answer. Handlers and wake-ups reach it from any thread, the rest belongs to the
 * loop.
 */
final class QueueSource {

	private static final int MAX_JITTER_MILLIS = 250;

	private static final ExponentialBackOff BACK_OFF = backOff();

	private final QueuePartition partition;

	private final QueueConsumer consumer;

	private final ArqueMetrics metrics;

	private final ConsumerLoop loop;

	private final Queue<Settlement> finished = new ConcurrentLinkedQueue<>();

	private final Set<RunningTask> tasks = ConcurrentHashMap.newKeySet();

	private final Suspects suspects;

	private volatile boolean woken = true;

	private volatile boolean look;

	private volatile boolean counts;

	/** Whether there may be tasks for which nobody would wake this consumer. */
	private boolean hungry;

	private @Nullable Fetch unanswered;

	private @Nullable Long nextLookNanos;

	private @Nullable BackOffExecution backOff;

	private long retryNanos;

	private volatile @Nullable RuntimeException failure;

	private volatile long lastFetchNanos = System.nanoTime();

	QueueSource(QueuePartition partition, ArqueMetrics metrics, ConsumerLoop loop, Suspects suspects) {
		this.partition = partition;
		this.consumer = partition.consumer();
		this.metrics = metrics;
		this.loop = loop;
		this.suspects = suspects;
	}

	QueuePartition partition() {
		return this.partition;
	}

	RedisQueue queue() {
		return this.partition.queue();
	}

	ArqueMetrics metrics() {
		return this.metrics;
	}

	/**
	 * Returns the tasks that hold a lease or a permit.
	 * @return the tasks, which come and go
	 */
	Set<RunningTask> tasks() {
		return this.tasks;
	}

	/**
	 * A task is about to be run.
	 * @param task the task
	 */
	void starts(RunningTask task) {
		this.tasks.add(task);
		if (task.isSuspect()) {
			this.suspects.started();
		}
	}

	/**
	 * The queue may have work. Called from any thread.
	 */
	void wake() {
		this.woken = true;
		this.loop.signal();
	}

	/**
	 * Asks for a call, whether or not there is a reason. Called from any thread.
	 * @param counts whether to count what the queue holds
	 */
	void look(boolean counts) {
		this.counts |= counts;
		this.look = true;
		this.loop.signal();
	}

	/**
	 * Tells Redis, with the next call, what becomes of a task. Called from any thread,
	 * once for each task.
	 * @param settlement what to tell
	 */
	void settle(Settlement settlement) {
		this.finished.add(settlement);
		this.loop.signal();
	}

	/**
	 * A task was settled and its handler has ended: its permit is free. Called from any
	 * thread, once for each task.
	 * @param task the task
	 */
	void ended(RunningTask task) {
		this.tasks.remove(task);
		if (task.isSuspect()) {
			this.suspects.ended(this);
		}
		this.loop.free(1);
	}

	/**
	 * Whether a call should be made now.
	 * @param permits how many tasks could be run
	 * @param now the time, by {@link System#nanoTime()}
	 * @return whether it should
	 */
	boolean isDue(int permits, long now) {
		if (this.backOff != null) {
			return now - this.retryNanos >= 0;
		}
		if (this.nextLookNanos != null && now - this.nextLookNanos >= 0) {
			this.woken = true;
			this.nextLookNanos = null;
		}
		return this.unanswered != null || !this.finished.isEmpty() || this.woken || this.look
				|| (this.hungry && permits > 0);
	}

	/**
	 * Tells how long nothing needs to be done if nothing happens.
	 * @param now the time, by {@link System#nanoTime()}
	 * @return nanoseconds
	 */
	long idleNanos(long now) {
		if (this.backOff != null) {
			return this.retryNanos - now;
		}
		return (this.nextLookNanos != null) ? this.nextLookNanos - now : Long.MAX_VALUE;
	}

	/**
	 * Makes the next call, or the last one again if it got no answer.
	 * @param permits how many tasks could be run
	 * @param join when to wait to be woken
	 * @return how many permits the call needs that it did not have before
	 */
	int prepare(int permits, Join join) {
		if (this.unanswered != null) {
			return 0;
		}
		int wanted = Math.min(permits, Fetch.MAX_TASKS);
		this.woken = false;
		this.look = false;
		List<Settlement> settlements = new ArrayList<>();
		for (Settlement next = this.finished.poll(); next != null; next = this.finished.poll()) {
			settlements.add(next);
			if (settlements.size() == Fetch.MAX_SETTLEMENTS) {
				break;
			}
		}
		this.unanswered = new Fetch(wanted, join, this.counts, this.suspects.mayTakeOne(this), settlements);
		this.counts = false;
		return wanted;
	}

	/**
	 * Sends the call that was prepared. If it fails, it is sent again later.
	 * @return its answer
	 */
	Answer send() {
		Fetch fetch = this.unanswered;
		if (fetch == null) {
			throw new IllegalStateException("Nothing was prepared");
		}
		try {
			Fetched fetched = this.consumer.dequeue(fetch);
			this.unanswered = null;
			accept(fetch, fetched);
			return new Answer(fetch.permits() - fetched.tasks().size(), fetched);
		}
		catch (RuntimeException | Error ex) {
			if (this.backOff == null) {
				this.backOff = BACK_OFF.start();
			}
			this.retryNanos = System.nanoTime() + Duration.ofMillis(this.backOff.nextBackOff()).toNanos();
			this.failure = (ex instanceof RuntimeException failure) ? failure : new IllegalStateException(ex);
			throw ex;
		}
	}

	private void accept(Fetch fetch, Fetched fetched) {
		this.backOff = null;
		this.failure = null;
		this.lastFetchNanos = System.nanoTime();
		this.finished.addAll(fetched.damaged());
		if (fetched.stats() != null) {
			this.metrics.observed(queue().name(), queue().observed(this.partition.tag(), fetched.stats()));
		}
		// who asked for nothing, or got all that it asked for, is not among the waiters
		this.hungry = fetch.permits() == 0 || fetched.reason() == Reason.NONE;
		Duration wait = fetched.nextLook();
		if (wait != null) {
			int jitter = fetched.exact() ? 0 : ThreadLocalRandom.current().nextInt(MAX_JITTER_MILLIS);
			this.nextLookNanos = System.nanoTime() + wait.plusMillis(jitter).toNanos();
		}
		else {
			this.nextLookNanos = null;
		}
	}

	/**
	 * Whether Redis was told everything that it should be.
	 * @return whether nothing waits to be told
	 */
	boolean isFlushed() {
		return this.unanswered == null && this.finished.isEmpty() && !this.look;
	}

	/**
	 * Returns why the last call failed. Called from any thread.
	 * @return the failure, none if the last call succeeded
	 */
	@Nullable RuntimeException failure() {
		return this.failure;
	}

	/**
	 * Returns when a call last succeeded. Called from any thread.
	 * @return the time, by {@link System#nanoTime()}
	 */
	long lastFetchNanos() {
		return this.lastFetchNanos;
	}

	private static ExponentialBackOff backOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(5000);
		backOff.setJitter(50);
		return backOff;
	}

	/**
	 * The answer to a call.
	 *
	 * @param freed permits that the call had and does not need
	 * @param fetched what came of it
	 */
	record Answer(int freed, Fetched fetched) {
	}

}
