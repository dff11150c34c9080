package io.arque.listener;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;

import io.arque.ArqueMetrics.Event;
import io.arque.ArqueMetrics.Outcome;
import io.arque.Checks;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * {@code RunningTask} is one delivery on this instance, from its lease to its settlement.
 * Two things end it, in either order: it is settled, once, by whoever comes first
 * (handler, time-out, lost lease, stop); and its handler returns. Only when both have
 * happened its permit is free: a handler that ignores its interrupt keeps the permit.
 * <p>
 * The monitor guards all state, and interrupts happen under it, so that a pooled thread
 * which has gone on to another task is never interrupted for this one.
 */
final class RunningTask implements Runnable, Acknowledgement {

	/** Ends of a task whose handler is interrupted. */
	private static final Set<Outcome> INTERRUPTED = EnumSet.of(Outcome.TIMED_OUT, Outcome.LEASE_LOST,
			Outcome.HANDED_BACK);

	private final LeasedTask task;

	private final QueueSource source;

	private final TaskHandler handler;

	private final AckMode ackMode;

	private volatile long renewedNanos;

	private volatile long timeoutNanos;

	private @Nullable Thread thread;

	private Duration duration = Duration.ZERO;

	private boolean ended;

	/** Whether the handler was interrupted since its time was up, though settled. */
	private boolean late;

	/** How it was settled, none while it is not. */
	private volatile @Nullable Outcome outcome;

	RunningTask(LeasedTask task, QueueSource source, TaskHandler handler, AckMode ackMode, long leasedNanos) {
		this.task = task;
		this.source = source;
		this.handler = handler;
		this.ackMode = ackMode;
		this.renewedNanos = leasedNanos;
		this.timeoutNanos = System.nanoTime() + timeout().toNanos();
	}

	LeasedTask task() {
		return this.task;
	}

	@Override
	public void run() {
		this.source.begun();
		if (!begin()) {
			return;
		}
		long start = System.nanoTime();
		try {
			this.handler.handle(this.task, this);
			if (this.ackMode == AckMode.AUTO) {
				settle(Ending.released(this.task));
			}
		}
		catch (Throwable ex) { // an Error ends the attempt, not the consumer
			fail(ex);
		}
		finally {
			end(Duration.ofNanos(System.nanoTime() - start));
		}
		this.source.assistant().assist();
	}

	private synchronized boolean begin() {
		if (this.ended) {
			return false;
		}
		if (System.nanoTime() - this.renewedNanos > settings().leaseDuration().toNanos()
				&& settle(Settlement.handBack(this.task, Duration.ZERO), Outcome.LEASE_LOST)) {
			AttemptLog.notStarted(this.task);
		}
		if (isSettled()) {
			end(Duration.ZERO);
			return false;
		}
		this.timeoutNanos = System.nanoTime() + timeout().toNanos();
		this.thread = Thread.currentThread();
		return true;
	}

	private synchronized void end(Duration took) {
		if (this.thread != null && Thread.interrupted()) {
			AttemptLog.endedInterrupted(this.task);
		}
		this.thread = null;
		this.duration = took;
		this.ended = true;
		if (isSettled()) {
			finish();
		}
	}

	/** Called once, when the task is settled and its handler has ended. */
	private void finish() {
		this.source.ended(this);
		Outcome told = this.outcome;
		if (told != null) {
			this.source.metrics().processed(this.task.queue(), told, this.duration);
		}
	}

	private void fail(Throwable thrown) {
		Ending ending = Ending.of(this.task, settings().retry(), thrown);
		boolean mine = settle(ending);
		if (ending.isRequeue()) {
			log(ending, mine, thrown);
		}
	}

	private void log(Ending ending, boolean mine, Throwable thrown) {
		if (!mine && !INTERRUPTED.contains(this.outcome)) {
			AttemptLog.failedWhenSettled(this.task, thrown);
		}
		else if (mine && !Ending.isLastAttempt(this.task, settings().retry())) {
			AttemptLog.failed(this.task, ending.settlement().delay(), thrown);
		}
		else {
			AttemptLog.failedQuietly(this.task, thrown);
		}
	}

	private boolean settle(Ending ending) {
		return settle(ending.settlement(), ending.outcome());
	}

	private synchronized boolean settle(@Nullable Settlement settlement, Outcome how) {
		if (isSettled()) {
			return false;
		}
		if (settlement != null) {
			this.source.settle(settlement);
		}
		this.outcome = how; // who sees it settled must find its settlement
		if (this.ended) {
			finish();
		}
		return true;
	}

	/**
	 * The lease was lost: nothing that the handler does counts any more. Does nothing if
	 * the task was settled before: then that is why there is no lease.
	 */
	synchronized void loseLease() {
		if (settle(null, Outcome.LEASE_LOST)) {
			AttemptLog.leaseLost(this.task);
			this.source.metrics().count(this.task.queue(), Event.LEASE_LOST, 1);
			interrupt();
		}
	}

	/**
	 * Ends the attempt as failed if its time is up. A handler that has settled the task
	 * itself is only interrupted.
	 * @param now the time, by {@link System#nanoTime()}
	 */
	synchronized void timeOut(long now) {
		if (this.late || now - this.timeoutNanos < 0) {
			return;
		}
		if (isSettled()) {
			if (this.thread != null && !INTERRUPTED.contains(this.outcome)) {
				AttemptLog.late(this.task, timeout());
				interrupt();
			}
		}
		else {
			Exception ex = new TimeoutException("The handler ran longer than task-timeout, " + timeout());
			Ending ending = Ending.failedAttempt(this.task, settings().retry(), ex, Outcome.TIMED_OUT);
			log(ending, settle(ending), ex);
			interrupt();
		}
		this.late = true;
	}

	/**
	 * Gives the task back unprocessed, unless it was settled before. Its handler is not
	 * interrupted by this.
	 * @param delay time until it is due again
	 * @return whether it was given back
	 */
	synchronized boolean abandon(Duration delay) {
		return settle(Settlement.handBack(this.task, delay), Outcome.HANDED_BACK);
	}

	/**
	 * No thread can be had to run the task: it is given back, or if there is no memory
	 * even for that, left to its lease. In any case its permit is free.
	 * @param delay time until it is due again
	 */
	void refuse(Duration delay) {
		this.source.begun();
		try {
			abandon(delay);
		}
		finally {
			drop();
		}
	}

	private synchronized void drop() {
		settle(null, Outcome.LEASE_LOST);
		end(Duration.ZERO);
	}

	/**
	 * Interrupts the handler if it still runs, whatever became of the task.
	 */
	synchronized void interruptAtStop() {
		if (isSettled()) {
			interrupt();
		}
	}

	private void interrupt() {
		if (this.thread != null) {
			this.thread.interrupt();
		}
	}

	@Override
	public void release() {
		acknowledge(Ending.released(this.task));
	}

	@Override
	public void requeue(Duration delay) {
		acknowledge(Ending.requeued(this.task, settings().retry(), delay));
	}

	@Override
	public void reject(String reason) {
		acknowledge(Ending.rejected(this.task, reason));
	}

	@Override
	public synchronized void extend(Duration by) {
		if (isSettled()) {
			throw alreadySettled();
		}
		this.timeoutNanos = Math.max(this.timeoutNanos, System.nanoTime() + Checks.delay(by).toNanos());
	}

	private void acknowledge(Ending ending) {
		if (!settle(ending)) {
			throw alreadySettled();
		}
	}

	private IllegalStateException alreadySettled() {
		return new IllegalStateException(
				this.task + " cannot be settled: it was settled before, timed out, or its lease was lost");
	}

	/**
	 * Whether the lease should be renewed now.
	 * @param now the time, by {@link System#nanoTime()}
	 * @return whether a third of its time has passed
	 */
	boolean isDueForRenewal(long now) {
		return now - this.renewedNanos > settings().leaseDuration().toNanos() / 3;
	}

	void renewed(long sentNanos) {
		this.renewedNanos = sentNanos;
	}

	/**
	 * Whether nothing can change what becomes of the task.
	 * @return whether it was settled, or its lease was lost
	 */
	boolean isSettled() {
		return this.outcome != null;
	}

	/**
	 * Whether the task may be what kills its workers.
	 * @return whether it has crashed that often
	 */
	boolean isSuspect() {
		return this.task.delivery().crashes() >= settings().retry().suspectFrom();
	}

	/**
	 * Whether the handler still runs though its time was up, or its lease lost.
	 * @return whether it does
	 */
	synchronized boolean isOverdue() {
		return this.thread != null && (this.late || this.outcome == Outcome.LEASE_LOST);
	}

	private QueueSettings settings() {
		return this.source.queue().settings();
	}

	private Duration timeout() {
		Duration own = this.task.delivery().taskTimeout();
		return (own != null) ? own : settings().taskTimeout();
	}

}
