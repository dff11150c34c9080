package io.arque;

import java.time.Instant;
import java.util.Map;

/**
 * A dead letter: a task that spent its attempts or crashes, or was rejected.
 *
 * @param id the task's id
 * @param reference names this dead letter, also where others have the same custom id
 * @param delivery attempts, crashes and times of its last delivery
 * @param failedAt when it failed
 * @param error why
 * @param headers the task's headers
 * @param payload the task's payload, as it was enqueued
 * @since 0.1.0
 */
public record FailedTask(String id, String reference, Delivery delivery, Instant failedAt, TaskError error,
		Map<String, String> headers, Payload payload) {
}
