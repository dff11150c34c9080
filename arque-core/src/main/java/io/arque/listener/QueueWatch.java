package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * {@code QueueWatch} looks after the queues of running containers again and again, each
 * of its duties on a thread of its own, between a start and a stop. Safe for use by many
 * threads.
 */
abstract sealed class QueueWatch implements SmartLifecycle, DisposableBean permits LeaseKeeper, SlowLook {

	/** Starts before the consumers and stops after them. */
	public static final int PHASE = Integer.MAX_VALUE - 200;

	/** A thread that has had nothing to do for so long ends. */
	private static final int IDLE_SECONDS = 10;

	private final String name;

	private final Duration period;

	private final int callers;

	private final Set<QueueSource> sources = ConcurrentHashMap.newKeySet();

	private @Nullable ScheduledThreadPoolExecutor threads;

	/**
	 * Creates the watch.
	 * @param name what its threads are called
	 * @param period how often its duties are done
	 * @param callers how many threads there may be beside those of the duties, for
	 * {@link #execute}
	 */
	QueueWatch(String name, Duration period, int callers) {
		this.name = name;
		this.period = period;
		this.callers = callers;
	}

	/**
	 * Returns what is to be done every period.
	 * @return the duties, which must not throw: one that did would not be called again
	 */
	abstract List<Runnable> duties();

	/**
	 * Returns the queues of the running containers.
	 * @return one for each queue and container
	 */
	Set<QueueSource> sources() {
		return this.sources;
	}

	/**
	 * Does something on a thread of its own, soon.
	 * @param call what to do
	 * @throws java.util.concurrent.RejectedExecutionException if the watch was stopped
	 */
	synchronized void execute(Runnable call) {
		if (this.threads == null) {
			throw new RejectedExecutionException("Stopped");
		}
		this.threads.execute(call);
	}

	void add(List<QueueSource> ofContainer) {
		this.sources.addAll(ofContainer);
	}

	void remove(List<QueueSource> ofContainer) {
		ofContainer.forEach(this.sources::remove);
	}

	@Override
	public synchronized void start() {
		if (this.threads != null) {
			return;
		}
		List<Runnable> duties = duties();
		ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(duties.size() + this.callers, (duty) -> {
			Thread thread = new Thread(duty, this.name);
			thread.setDaemon(true);
			return thread;
		});
		executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
		executor.allowCoreThreadTimeOut(true);
		long millis = this.period.toMillis();
		duties.forEach((duty) -> executor.scheduleWithFixedDelay(duty, millis, millis, TimeUnit.MILLISECONDS));
		this.threads = executor;
	}

	@Override
	public synchronized void stop() {
		if (this.threads != null) {
			this.threads.shutdownNow();
			this.threads = null;
		}
	}

	/** A context that is refreshed again destroys its beans without stopping them. */
	@Override
	public void destroy() {
		stop();
	}

	@Override
	public synchronized boolean isRunning() {
		return this.threads != null;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
