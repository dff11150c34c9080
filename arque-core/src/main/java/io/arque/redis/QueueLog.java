package io.arque.redis;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueMetrics;
import io.arque.ArqueMetrics.Event;
import io.arque.TaskError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code QueueLog} counts and logs what scripts report of one queue.
 */
final class QueueLog {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.queue");

	private final String queue;

	private final ArqueMetrics metrics;

	private final Standing unreadable = new Standing();

	private final Standing limitIsNone = new Standing();

	QueueLog(String queue, ArqueMetrics metrics) {
		this.queue = queue;
		this.metrics = metrics;
	}

	void count(Event event, long tasks) {
		if (tasks > 0) {
			this.metrics.count(this.queue, event, tasks);
		}
	}

	/**
	 * Tells what Redis has said to a settlement; at DEBUG for each, since with the token
	 * that is a record of who did what under which lease.
	 * @param settlement what was asked for
	 * @param result what came of it
	 */
	void settled(Settlement settlement, Settlement.Result result) {
		if (logger.isDebugEnabled()) {
			logger.debug("Queue {}: {} task {} under lease {}: {}", this.queue, settlement.verb(),
					settlement.task().id(), settlement.task().lease().token(), result);
		}
		switch (result) {
			case FAILED -> {
				logger.warn("Queue {}: task {} moved to failed at attempt {}: {}: {}", this.queue,
						settlement.task().id(), settlement.task().attempt(), settlement.error().type(),
						settlement.error().message());
				count(Event.FAILED, 1);
			}
			case LOST -> {
				TaskError error = settlement.error();
				logger.warn("Queue {}: cannot {} task {}, its lease was lost; another worker has it or had it{}",
						this.queue, settlement.verb(), settlement.task().id(),
						error.type().isEmpty() ? "" : "; here it failed: " + error.type() + ": " + error.message());
				count(Event.LEASE_LOST, 1);
			}
			case DONE -> {
				if (settlement.verb() == Settlement.Verb.REQUEUE) {
					count(Event.REQUEUED, 1);
				}
			}
		}
	}

	void waited(Duration wait) {
		this.metrics.waited(this.queue, wait);
	}

	void dropped(long tasks) {
		if (tasks > 0) {
			logger.warn("Queue {}: {} of the oldest dead letters were dropped by a bound of dead-letter.*", this.queue,
					tasks);
			count(Event.DEAD_LETTERS_DROPPED, tasks);
		}
	}

	void reclaimed(long tasks) {
		if (tasks > 0) {
			logger.warn("Queue {}: {} leases expired, their tasks are pending again", this.queue, tasks);
			count(Event.CRASHED, tasks);
		}
	}

	void exhausted(long tasks) {
		if (tasks > 0) {
			logger.warn("Queue {}: {} tasks moved to failed, their attempts or crashes are spent", this.queue, tasks);
			count(Event.FAILED, tasks);
		}
	}

	void orphans(long tasks) {
		if (tasks > 0) {
			logger.error("Queue {}: {} leased tasks had no body and were cleared away; was Redis data removed by hand?",
					this.queue, tasks);
		}
	}

	void unreadable(long tasks) {
		if (tasks > 0 && this.unreadable.isNews(tasks)) {
			logger.error("Queue {}: {} tasks have records that this version of Arque cannot read; they stay where they"
					+ " are, for a newer version or for inspection", this.queue, tasks);
		}
	}

	void limitIsNone(boolean none) {
		if (none && this.limitIsNone.isNews(1)) {
			logger.error("Queue {}: what is set as its working limit in Redis is no number from 1 to {} and counts as"
					+ " none; set it with workingLimit", this.queue, Integer.MAX_VALUE);
		}
	}

	/**
	 * Something that is seen at each look: it is told once, and again only when there is
	 * more of it, or it was not seen for an hour.
	 */
	private static final class Standing {

		private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

		private long told;

		private long seenNanos = System.nanoTime();

		synchronized boolean isNews(long count) {
			long now = System.nanoTime();
			if (now - this.seenNanos > HOUR_NANOS) {
				this.told = 0;
			}
			this.seenNanos = now;
			boolean news = count > this.told;
			this.told = Math.max(this.told, count);
			return news;
		}

	}

}
