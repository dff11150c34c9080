package io.arque;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a task, in whatever state it is. All times are Redis's.
 *
 * @param id the task's id
 * @param state where it is
 * @param until when it is due (delayed), when its lease expires (working), when it failed
 * (failed); none when pending
 * @param delivery attempts, crashes, times and limits
 * @param requeues how often a failed attempt was put back
 * @param requeuedAt when it was last put back, by a failed attempt, an expired lease or a
 * hand-back; none if never
 * @since 0.1.0
 */
public record TaskInfo(String id, TaskState state, @Nullable Instant until, Delivery delivery, int requeues,
		@Nullable Instant requeuedAt) {
}
