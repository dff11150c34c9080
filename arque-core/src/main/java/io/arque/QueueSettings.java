package io.arque;

import java.time.Duration;

/**
 * How one application treats one queue. The property behind each is
 * {@code arque.defaults.*}, overridden by {@code arque.queues.<name>.*}.
 *
 * @param workingLimit how many tasks may be working at once, over all instances; at least
 * 1
 * @param leaseDuration how long a lease holds when it is not renewed, 1 s to 1 day: a
 * dead worker is noticed within it
 * @param taskTimeout the longest that one attempt may run, 1 ms to 36500 days
 * @param retry what happens after a failed attempt
 * @param deadLetter the bounds of the dead letters
 * @param partitions how many slots of a Redis Cluster the queue is spread over, 1 to 256,
 * and not more than the working limit
 * @since 0.1.0
 */
public record QueueSettings(int workingLimit, Duration leaseDuration, Duration taskTimeout, Retry retry,
		DeadLetter deadLetter, int partitions) {

	private static final int MAX_PARTITIONS = 256;

	/** What holds when nothing is set. */
	public static final QueueSettings DEFAULTS = new QueueSettings(1000, Duration.ofSeconds(30),
			Duration.ofSeconds(120), Retry.DEFAULTS, DeadLetter.DEFAULTS);

	/**
	 * Checks.
	 */
	public QueueSettings {
		Checks.check(workingLimit >= 1, "working-limit must be at least 1", workingLimit);
		Checks.checkBetween(leaseDuration, Duration.ofSeconds(1), Duration.ofDays(1), "lease-duration");
		Checks.checkBetween(taskTimeout, Duration.ofMillis(1), Checks.FOREVER, "task-timeout");
		Checks.check(partitions >= 1 && partitions <= MAX_PARTITIONS, "partitions must be 1 to " + MAX_PARTITIONS,
				partitions);
		Checks.check(workingLimit >= partitions,
				"working-limit must be at least " + partitions + ", the number of partitions: each needs a share of it",
				workingLimit);
	}

	/**
	 * Makes the settings of a queue that is not spread.
	 * @param workingLimit how many tasks may be working at once, over all instances
	 * @param leaseDuration how long a lease holds when it is not renewed
	 * @param taskTimeout the longest that one attempt may run
	 * @param retry what happens after a failed attempt
	 * @param deadLetter the bounds of the dead letters
	 */
	public QueueSettings(int workingLimit, Duration leaseDuration, Duration taskTimeout, Retry retry,
			DeadLetter deadLetter) {
		this(workingLimit, leaseDuration, taskTimeout, retry, deadLetter, 1);
	}

	/**
	 * Sets the number of partitions.
	 * @param partitions how many slots the queue is spread over
	 * @return the changed copy
	 */
	public QueueSettings withPartitions(int partitions) {
		return new QueueSettings(this.workingLimit, this.leaseDuration, this.taskTimeout, this.retry, this.deadLetter,
				partitions);
	}

	/**
	 * What happens after a failed attempt. The n-th retry waits
	 * {@code delay * multiplier^(n-1)}, at most {@code maxDelay}, plus a random part of
	 * {@code jitter}.
	 *
	 * @param maxAttempts deliveries in all, 1 to 65535
	 * @param maxCrashes expired leases in all, 1 to 65535
	 * @param delay the first delay
	 * @param multiplier what each further delay is multiplied with, at least 1
	 * @param maxDelay the longest delay
	 * @param jitter the most that is added at random
	 */
	public record Retry(int maxAttempts, int maxCrashes, Duration delay, double multiplier, Duration maxDelay,
			Duration jitter) {

		/** What holds when nothing is set. */
		public static final Retry DEFAULTS = new Retry(3, 5, Duration.ofSeconds(5), 2, Duration.ofHours(1),
				Duration.ofMillis(500));

		/**
		 * Checks.
		 */
		public Retry {
			Checks.check(maxAttempts >= 1 && maxAttempts <= 65535, "retry.max-attempts must be 1 to 65535",
					maxAttempts);
			Checks.check(maxCrashes >= 1 && maxCrashes <= 65535, "retry.max-crashes must be 1 to 65535", maxCrashes);
			Checks.checkBetween(delay, Duration.ZERO, Checks.FOREVER, "retry.delay");
			Checks.check(multiplier >= 1 && multiplier <= 1000, "retry.multiplier must be 1 to 1000", multiplier);
			Checks.checkBetween(maxDelay, Duration.ZERO, Checks.FOREVER, "retry.max-delay");
			Checks.checkBetween(jitter, Duration.ZERO, Checks.FOREVER, "retry.jitter");
		}

		/**
		 * Returns from how many crashes on a task is a suspect: it may be what kills its
		 * workers. A consumer has one suspect at a time, so that it takes no other with
		 * it.
		 * @return 2, since one crash says little; 1 where the second would be the last
		 */
		public int suspectFrom() {
			return (this.maxCrashes > 2) ? 2 : 1;
		}

		/**
		 * Returns how long a task waits after a failed attempt.
		 * @param failures failed attempts so far, at least 1
		 * @param random a number from 0 (inclusive) to 1 (exclusive)
		 * @return the delay
		 */
		public Duration delayAfter(int failures, double random) {
			double millis = this.delay.toMillis() * Math.pow(this.multiplier, failures - 1);
			double bounded = Math.min(millis, this.maxDelay.toMillis());
			return Duration.ofMillis((long) (bounded + this.jitter.toMillis() * random));
		}

	}

	/**
	 * The bounds of the dead letters. What a bound drops, the oldest first, is counted
	 * and logged.
	 *
	 * @param maxSize how many are kept, 0 or more
	 * @param maxBytes how many bytes of them are kept
	 * @param retention how long they are kept
	 */
	public record DeadLetter(long maxSize, long maxBytes, Duration retention) {

		/** What holds when nothing is set. */
		public static final DeadLetter DEFAULTS = new DeadLetter(10_000, 256L * 1024 * 1024, Duration.ofDays(90));

		/**
		 * Checks.
		 */
		public DeadLetter {
			Checks.check(maxSize >= 0, "dead-letter.max-size must not be negative", maxSize);
			Checks.check(maxBytes >= 0, "dead-letter.max-bytes must not be negative", maxBytes);
			Checks.checkBetween(retention, Duration.ofSeconds(1), Checks.FOREVER, "dead-letter.retention");
		}

	}

}
