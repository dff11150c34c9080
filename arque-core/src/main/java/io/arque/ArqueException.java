package io.arque;

import org.jspecify.annotations.Nullable;

/**
 * The root of Arque's own exceptions. Failures of Redis are Spring's
 * {@link org.springframework.dao.DataAccessException}.
 *
 * @since 0.1.0
 */
public class ArqueException extends RuntimeException {

	/**
	 * Creates the exception.
	 * @param message what went wrong
	 */
	public ArqueException(@Nullable String message) {
		super(message);
	}

	/**
	 * Creates the exception.
	 * @param message what went wrong
	 * @param cause why
	 */
	public ArqueException(@Nullable String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
