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
 * applied; empty when neither is known
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

}
