package io.arque;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * How often and when a task was delivered, and the limits that it sets itself. All times
 * are Redis's.
 *
 * @param attempt deliveries so far, this one included; those handed back are not counted
 * @param crashes how many of them ended with an expired lease
 * @param enqueuedAt when the task was enqueued
 * @param dequeuedAt when it was last delivered, none if never
 * @param taskTimeout the longest that one attempt may run, none for the queue's setting
 * @param maxAttempts deliveries in all, none for the queue's setting
 * @since 0.1.0
 */
public record Delivery(int attempt, int crashes, Instant enqueuedAt, @Nullable Instant dequeuedAt,
		@Nullable Duration taskTimeout, @Nullable Integer maxAttempts) {
}
