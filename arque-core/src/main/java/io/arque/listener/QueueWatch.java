package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

	private static final Logger logger = LoggerFactory.getLogger(QueueWatch.class);

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
	 * @return the duties; one that throws is called again
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
		duties.forEach((duty) -> executor.scheduleWithFixedDelay(new Guarded(this.name, duty), millis, millis,
				TimeUnit.MILLISECONDS));
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

	/**
	 * A duty that an exception, such as for want of memory or of threads, does not end.
	 * It is told when it comes, and when it has passed.
	 */
	private static final class Guarded implements Runnable {

		private final String name;

		private final Runnable duty;

		private boolean failing;

		Guarded(String name, Runnable duty) {
			this.name = name;
			this.duty = duty;
		}

		@Override
		public void run() {
			try {
				this.duty.run();
				if (this.failing) {
					this.failing = false;
					logger.info("{}: goes on", this.name);
				}
			}
			catch (RuntimeException | Error ex) {
				if (!this.failing) {
					this.failing = true;
					logger.error("{}: failed, trying again until it works", this.name, ex);
				}
			}
		}

	}

}
