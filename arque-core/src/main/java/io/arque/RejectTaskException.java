package io.arque;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a handler: the task moves to failed at once, whatever attempts it has left.
 *
 * @since 0.1.0
 */
public class RejectTaskException extends ArqueException {

	/**
	 * Creates the exception.
	 * @param message why, kept with the dead letter
	 */
	public RejectTaskException(String message) {
		super(message);
	}

	/**
	 * Creates the exception.
	 * @param message why, kept with the dead letter
	 * @param cause what led to it
	 */
	public RejectTaskException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
