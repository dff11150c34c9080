package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.DequeueResult.Reason;
import io.arque.LeasedTask;
import io.arque.redis.Fetch;
import io.arque.redis.Fetch.Join;
import io.arque.redis.Fetched;
import io.arque.redis.QueuePartition;
import io.arque.redis.RedisQueue;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * {@code QueueSource} is one partition of a queue as seen by one {@link ConsumerLoop}: it
 * knows when it is worth a call, and what has finished meanwhile. Handlers and wake-ups
 * reach it from any thread, the rest belongs to the loop.
 */
final class QueueSource {

	private static final int MAX_JITTER_MILLIS = 250;

	private final QueuePartition partition;

	private final QueueCaller caller;

	private final Assistant assistant;

	private final ArqueMetrics metrics;

	private final ConsumerLoop loop;

	private final Outbox outbox = new Outbox();

	private final Set<RunningTask> tasks = ConcurrentHashMap.newKeySet();

	private final Suspects suspects;

	private volatile boolean woken = true;

	private volatile boolean look;

	private volatile boolean counts;

	private volatile boolean more;

	/** Whether there may be tasks for which nobody would wake this consumer. */
	private boolean hungry;

	private @Nullable Long nextLookNanos;

	QueueSource(QueuePartition partition, ArqueMetrics metrics, ConsumerLoop loop, Suspects suspects) {
		this.partition = partition;
		this.caller = new QueueCaller(partition.consumer());
		this.assistant = new Assistant(this, loop, new QueueCaller(partition.consumer()));
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

	Permits permits() {
		return this.loop.permits();
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
		try {
			this.tasks.add(task);
		}
		catch (OutOfMemoryError ex) {
			this.tasks.remove(task); // it may be in all the same
			throw ex;
		}
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
		this.outbox.add(settlement);
		this.loop.finished();
	}

	/**
	 * A thread has begun with a task, or found that it must not. Called from any thread,
	 * once for each task.
	 */
	void begun() {
		this.loop.begun();
	}

	/**
	 * A task was settled and its handler has ended: its permit is free. Called from any
	 * thread, once for each task.
	 * @param task the task
	 */
	void ended(RunningTask task) {
		this.tasks.remove(task);
		if (task.isSuspect()) {
			this.suspects.ended();
		}
		permits().giveBack(1);
	}

	/**
	 * Whether a call should be made now.
	 * @param permits how many tasks could be run
	 * @param now the time, by {@link System#nanoTime()}
	 * @return whether it should
	 */
	boolean isDue(int permits, long now) {
		if (this.caller.isBackingOff()) {
			return this.caller.retryNanos(now) <= 0;
		}
		if (this.nextLookNanos != null && now - this.nextLookNanos >= 0) {
			this.woken = true;
			this.nextLookNanos = null;
		}
		return this.caller.isUnanswered() || !this.outbox.isEmpty() || this.woken || this.look
				|| (this.hungry && permits > 0);
	}

	/**
	 * Tells how long nothing needs to be done if nothing happens.
	 * @param now the time, by {@link System#nanoTime()}
	 * @return nanoseconds
	 */
	long idleNanos(long now) {
		if (this.caller.isBackingOff()) {
			return this.caller.retryNanos(now);
		}
		return (this.nextLookNanos != null) ? this.nextLookNanos - now : Long.MAX_VALUE;
	}

	/**
	 * Sees to it that a call that failed is soon sent again, since there is little time
	 * left.
	 */
	void hurry() {
		this.caller.hurry();
	}

	/**
	 * Whether the last call got no answer: then the next is the same again.
	 * @return whether it did not
	 */
	boolean isUnanswered() {
		return this.caller.isUnanswered();
	}

	/**
	 * Decides on the next call.
	 * @param permits how many tasks could be run
	 * @param join when to wait to be woken
	 */
	void prepare(int permits, Join join) {
		this.woken = false;
		this.look = false;
		try {
			prepare(this.caller, permits, join, this.counts, true);
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			this.look = true;
			throw ex;
		}
		this.counts = false;
	}

	/**
	 * Prepares a call that tells Redis what has finished. Called from any thread.
	 * @param by who sends it
	 * @param permits how many tasks could be run; they are free again if this fails
	 * @param join when to wait to be woken
	 * @param counts whether to count what the queue holds
	 * @param suspect whether one of the tasks may be a suspect, if none runs
	 */
	void prepare(QueueCaller by, int permits, Join join, boolean counts, boolean suspect) {
		try {
			boolean one = suspect && this.suspects.mayTakeOne(this);
			this.outbox.take((settlements) -> by.prepare(new Fetch(permits, join, counts, one, settlements)));
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			permits().giveBack(permits);
			throw ex;
		}
	}

	/**
	 * Returns tasks that are done, of which Redis was not told, if a third of a lease has
	 * passed since {@link #untoldRenewed}. Called from any thread.
	 * @param now the time, by {@link System#nanoTime()}
	 * @return the tasks
	 */
	List<LeasedTask> untold(long now) {
		Stream<Settlement> sent = Stream.concat(this.caller.untold().stream(), this.assistant.untold().stream());
		return this.outbox.untold(sent, now, queue().settings().leaseDuration().toNanos() / 3);
	}

	/**
	 * The leases of tasks that were {@link #untold} are renewed. Called from any thread.
	 * @param sentNanos since when
	 */
	void untoldRenewed(long sentNanos) {
		this.outbox.renewed(sentNanos);
	}

	/**
	 * Sends the call that was prepared. If it fails, it is sent again later.
	 * @return its answer
	 */
	QueueCaller.Answer send() {
		return this.caller.send();
	}

	/**
	 * Learns what an answer tells beside its tasks: when the next call is due, and what
	 * the queue holds.
	 * @param answer of {@link #send()}
	 */
	void learn(QueueCaller.Answer answer) {
		Fetch fetch = answer.fetch();
		Fetched fetched = answer.fetched();
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
		if (fetched.stats() != null) {
			this.metrics.observed(queue().name(), queue().observed(this.partition.tag(), fetched.stats()));
		}
	}

	/**
	 * Whether Redis was told everything that it should be.
	 * @return whether nothing waits to be told, and no task to be settled
	 */
	boolean isFlushed() {
		return !this.caller.isUnanswered() && !this.assistant.isAtWork()
				&& this.tasks.stream().allMatch(RunningTask::isSettled) && this.outbox.isEmpty() && !this.look;
	}

	/**
	 * Whether the queue had more tasks than it gave. Called from any thread.
	 * @return whether it had, at the last call
	 */
	boolean hasMore() {
		return this.more;
	}

	void hasMore(boolean more) {
		this.more = more;
	}

	/**
	 * Returns what makes calls beside those of the loop.
	 * @return the assistant
	 */
	Assistant assistant() {
		return this.assistant;
	}

	/**
	 * Returns why the last call failed, of the loop's or of those beside them. Called
	 * from any thread.
	 * @return the failure, none if the last call succeeded
	 */
	@Nullable RuntimeException failure() {
		RuntimeException own = this.caller.failure();
		return (own != null) ? own : this.assistant.failure();
	}

	/**
	 * Whether the loop's last call failed. Called by the loop.
	 * @return whether it did
	 */
	boolean isFailing() {
		return this.caller.isBackingOff();
	}

	/**
	 * Returns when a call last succeeded. Called from any thread.
	 * @return the time, by {@link System#nanoTime()}
	 */
	long lastFetchNanos() {
		return this.caller.lastFetchNanos();
	}

}
