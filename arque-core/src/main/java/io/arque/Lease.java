package io.arque;

import java.time.Instant;

/**
 * A worker's claim on a working task. The token is never used twice: what is done under a
 * lease that another worker has taken over changes nothing.
 *
 * @param reference the task's internal reference, never reused
 * @param token the id of the dequeue that gave the lease
 * @param deadline when the lease expires if it is not extended, by Redis's clock, as of
 * the dequeue
 * @param partition which partition of the queue the task is in, by its tag; the queue's
 * name where it has one
 * @since 0.1.0
 */
public record Lease(String reference, String token, Instant deadline, String partition) {
}
