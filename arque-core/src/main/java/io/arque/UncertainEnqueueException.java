package io.arque;

import org.jspecify.annotations.Nullable;

/**
 * Whether tasks are enqueued, and will outlive a fail-over, is uncertain: fewer replicas
 * than {@code arque.durability.min-replicas} had them in time, or the connection broke
 * first. They may be in the queue, and run. Enqueueing again with the same id of one's
 * own is safe, and tells.
 *
 * @since 0.1.0
 */
public class UncertainEnqueueException extends ArqueException {

	/**
	 * Creates the exception.
	 * @param queue the queue's name
	 * @param reason what was not reached
	 * @param cause what broke, none if only time ran out
	 */
	public UncertainEnqueueException(String queue, String reason, @Nullable Throwable cause) {
		super("It is uncertain whether what was enqueued to queue " + queue + " will last: " + reason, cause);
	}

}
