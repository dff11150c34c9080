package io.arque;

import java.time.Duration;

/**
 * Thrown by a handler: the task is put off, and this attempt is not counted.
 *
 * @since 0.1.0
 */
public class PostponeTaskException extends ArqueException {

	private final Duration delay;

	/**
	 * Creates the exception.
	 * @param delay time until the task is due again, 0 to 36500 days
	 */
	public PostponeTaskException(Duration delay) {
		super("Postponed by " + delay);
		this.delay = Checks.delay(delay);
	}

	/**
	 * Returns the time until the task is due again.
	 * @return the delay
	 */
	public Duration delay() {
		return this.delay;
	}

}
