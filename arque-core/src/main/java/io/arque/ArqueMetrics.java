package io.arque;

import java.time.Duration;

/**
 * What Arque counts and times while it works. The default does nothing; the Micrometer
 * implementation is registered where a {@code MeterRegistry} is. Called from many
 * threads, also from the consumers' own: must be fast and must not throw.
 *
 * @since 0.1.0
 */
public interface ArqueMetrics {

	/** Counts nothing. */
	ArqueMetrics NONE = new ArqueMetrics() {
	};

	/**
	 * An application starts to produce for, or to consume from, a queue.
	 * @param queue the queue's name
	 */
	default void queueKnown(String queue) {
	}

	/**
	 * Something was counted.
	 * @param queue the queue's name
	 * @param event what
	 * @param tasks how many, at least 1
	 */
	default void count(String queue, Event event, long tasks) {
	}

	/**
	 * A handler ended.
	 * @param queue the queue's name
	 * @param outcome how
	 * @param duration how long it ran
	 */
	default void processed(String queue, Outcome outcome, Duration duration) {
	}

	/**
	 * A task was delivered for the first time.
	 * @param queue the queue's name
	 * @param wait time from when it was enqueued, by Redis's clock
	 */
	default void waited(String queue, Duration wait) {
	}

	/**
	 * A queue was looked at.
	 * @param queue the queue's name
	 * @param stats what it holds
	 */
	default void observed(String queue, QueueStats stats) {
	}

	/**
	 * What is counted.
	 */
	enum Event {

		/** Tasks added to a queue. */
		ENQUEUED,
		/** Tasks put back after a failed attempt. */
		REQUEUED,
		/** Tasks moved to failed. */
		FAILED,
		/** Expired leases: a worker died, or could not renew. */
		CRASHED,
		/** Leases that this instance found lost. */
		LEASE_LOST,
		/** Tasks that a sweep moved to pending. */
		SWEPT,
		/** Dead letters that a bound dropped. */
		DEAD_LETTERS_DROPPED

	}

	/**
	 * How a handler ended.
	 */
	enum Outcome {

		/** The task is done. */
		RELEASED,
		/** It threw, and the task is tried again. */
		REQUEUED,
		/** The task moved to failed. */
		FAILED,
		/** The task was put off, without counting the attempt. */
		POSTPONED,
		/** It ran longer than the task's time-out. */
		TIMED_OUT,
		/** The lease was lost while it ran. */
		LEASE_LOST,
		/** The container stopped and the task was handed back. */
		HANDED_BACK

	}

}
