package io.arque;

import java.time.Duration;
import java.util.OptionalInt;

/**
 * What a queue holds, at one moment.
 *
 * @param pending tasks that wait to be taken
 * @param delayed tasks that are not due, or were not moved since
 * @param working tasks that are leased
 * @param failed dead letters
 * @param failedBytes bytes of the dead letters, payloads and error texts
 * @param dropped dead letters that a bound has dropped so far
 * @param oldestPendingAge how long the task at the head has been pending, zero when none
 * is
 * @param workingLimit the limit in force: the run-time override, or what a consumer last
 * applied; for a queue with partitions what was divided among them; empty when none is
 * known
 * @param paused whether the queue is paused
 * @since 0.1.0
 */
public record QueueStats(long pending, long delayed, long working, long failed, long failedBytes, long dropped,
		Duration oldestPendingAge, OptionalInt workingLimit, boolean paused) {

	/**
	 * Counts the living tasks.
	 * @return pending, delayed and working together
	 */
	public long tasks() {
		return this.pending + this.delayed + this.working;
	}

	/**
	 * Adds what another partition of the same queue holds.
	 * @param other the other partition's counts
	 * @return the sum, with the greater age
	 */
	public QueueStats plus(QueueStats other) {
		int limit = this.workingLimit.orElse(0) + other.workingLimit.orElse(0);
		Duration age = (this.oldestPendingAge.compareTo(other.oldestPendingAge) > 0) ? this.oldestPendingAge
				: other.oldestPendingAge;
		return new QueueStats(this.pending + other.pending, this.delayed + other.delayed, this.working + other.working,
				this.failed + other.failed, this.failedBytes + other.failedBytes, this.dropped + other.dropped, age,
				(limit > 0) ? OptionalInt.of(limit) : OptionalInt.empty(), this.paused || other.paused);
	}

}
