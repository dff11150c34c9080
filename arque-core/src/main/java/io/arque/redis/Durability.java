package io.arque.redis;

import java.time.Duration;

import io.arque.Checks;

/**
 * How many replicas must have a task before {@code enqueue} acknowledges it.
 *
 * @param minReplicas how many, at least 1
 * @param timeout how long to wait for them
 * @param connections where the calls go that have to wait
 * @since 0.1.0
 */
public record Durability(int minReplicas, Duration timeout, DirectConnections connections) {

	/**
	 * Checks.
	 */
	public Durability {
		if (minReplicas < 1) {
			throw new IllegalArgumentException("min-replicas must be at least 1, it is " + minReplicas);
		}
		Checks.checkBetween(timeout, Duration.ofMillis(1), Duration.ofMinutes(1), "timeout");
	}

}
