package io.arque;

import org.jspecify.annotations.Nullable;

/**
 * A payload cannot be written, or is not what the handler's parameter asks for.
 *
 * @since 0.1.0
 */
public class PayloadConversionException extends ArqueException {

	/**
	 * Creates the exception.
	 * @param message what cannot be converted to what
	 * @param cause why
	 */
	public PayloadConversionException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
