package io.arque.redis;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.arque.ArqueMetrics;
import io.arque.QueueStats;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GuardedMetrics} keeps an exception of the application's metrics away from the
 * consumers.
 */
final class GuardedMetrics implements ArqueMetrics {

	private static final Logger logger = LoggerFactory.getLogger(GuardedMetrics.class);

	private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

	private final ArqueMetrics delegate;

	private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - SILENCE_NANOS);

	GuardedMetrics(ArqueMetrics delegate) {
		this.delegate = delegate;
	}

	@Override
	public void queueKnown(String queue) {
		guard(() -> this.delegate.queueKnown(queue));
	}

	@Override
	public void count(String queue, Event event, long tasks) {
		guard(() -> this.delegate.count(queue, event, tasks));
	}

	@Override
	public void processed(String queue, Outcome outcome, Duration duration) {
		guard(() -> this.delegate.processed(queue, outcome, duration));
	}

	@Override
	public void waited(String queue, Duration wait) {
		guard(() -> this.delegate.waited(queue, wait));
	}

	@Override
	public void observed(String queue, QueueStats stats) {
		guard(() -> this.delegate.observed(queue, stats));
	}

	/** There are several figures a task: one that throws is told once a minute. */
	private void guard(Runnable call) {
		try {
			call.run();
		}
		catch (RuntimeException | Error ex) { // such as a LinkageError
			long told = this.toldNanos.get();
			long now = System.nanoTime();
			if (now - told >= SILENCE_NANOS && this.toldNanos.compareAndSet(told, now)) {
				logger.error("The application's ArqueMetrics threw; the figure is lost, the work goes on. Told once a"
						+ " minute", ex);
			}
			else {
				logger.debug("The application's ArqueMetrics threw", ex);
			}
		}
	}

}
