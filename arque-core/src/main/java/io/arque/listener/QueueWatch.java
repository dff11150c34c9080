package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
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

	private final Set<QueueSource> sources = ConcurrentHashMap.newKeySet();

	private @Nullable ScheduledThreadPoolExecutor threads;

	private @Nullable ThreadPoolExecutor calls;

	/**
	 * Creates the watch.
	 * @param name what its threads are called
	 * @param period how often its duties are done
	 */
	QueueWatch(String name, Duration period) {
		this.name = name;
		this.period = period;
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
	 * Does something at once, on a thread of its own: it waits for no other call.
	 * @param call what to do
	 * @throws java.util.concurrent.RejectedExecutionException if the watch was stopped
	 */
	synchronized void execute(Runnable call) {
		if (this.calls == null) {
			throw new RejectedExecutionException("Stopped");
		}
		this.calls.execute(call);
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
		ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(duties.size(), this::newThread);
		executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
		executor.allowCoreThreadTimeOut(true);
		long millis = this.period.toMillis();
		duties.forEach((duty) -> executor.scheduleWithFixedDelay(guarded(this.name, duty), millis, millis,
				TimeUnit.MILLISECONDS));
		this.threads = executor;
		this.calls = new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS,
				new SynchronousQueue<>(), this::newThread);
	}

	private Thread newThread(Runnable work) {
		Thread thread = new Thread(work, this.name);
		thread.setDaemon(true);
		return thread;
	}

	@Override
	public synchronized void stop() {
		if (this.threads != null) {
			this.threads.shutdownNow();
			this.threads = null;
		}
		if (this.calls != null) {
			this.calls.shutdownNow();
			this.calls = null;
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
	 */
	private static Runnable guarded(String name, Runnable duty) {
		Guard guard = new Guard(logger, name);
		return () -> {
			try {
				duty.run();
				guard.passed();
			}
			catch (RuntimeException | Error ex) {
				guard.failed(ex);
			}
		};
	}

}
