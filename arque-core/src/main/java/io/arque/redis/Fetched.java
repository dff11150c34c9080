package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.arque.DequeueResult;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import org.jspecify.annotations.Nullable;

/**
 * {@code Fetched} is what a consumer's turn gave.
 *
 * @param tasks the leased tasks
 * @param damaged rejections of tasks that were leased but whose record cannot be read, to
 * be settled next
 * @param reason why there are no more tasks
 * @param more whether more could be taken at once, given permits
 * @param nextLook time until something is due or expires, none if nothing is known to
 * @param exact whether this consumer is the one to keep that time exactly
 * @param now when Redis answered, by its clock
 * @param sentNanos when the call that was answered was sent, by {@link System#nanoTime()}
 * @param results what Redis said to the settlements, in the order of
 * {@link Fetch#settlements()}
 * @param stats what the queue holds, if asked
 */
public record Fetched(List<LeasedTask> tasks, List<Settlement> damaged, DequeueResult.Reason reason, boolean more,
		@Nullable Duration nextLook, boolean exact, Instant now, long sentNanos, List<Settlement.Result> results,
		@Nullable QueueStats stats) {

	/**
	 * Tells when a lease began, at the earliest. A call that is repeated for want of an
	 * answer gives leases that may be older than it is: Redis's clock tells by how much.
	 * Both of its times are cut to milliseconds, so that they may lie one further apart
	 * than they seem to.
	 * @param task one of the leased tasks
	 * @return the time, by {@link System#nanoTime()}
	 */
	public long leasedNanos(LeasedTask task) {
		Instant leased = task.delivery().dequeuedAt();
		if (leased == null || !leased.isBefore(this.now)) {
			return this.sentNanos;
		}
		return this.sentNanos - Duration.between(leased, this.now).plusMillis(1).toNanos();
	}

}
