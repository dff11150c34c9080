package io.arque;

import java.lang.reflect.Type;

/**
 * Writes payloads to bytes and reads them back. Must be safe for use by many threads. The
 * type to read comes from the handler's parameter, never from Redis.
 *
 * @since 0.1.0
 */
public interface PayloadConverter {

	/**
	 * Writes a payload.
	 * @param payload the object that was enqueued
	 * @return its bytes
	 * @throws PayloadConversionException if it cannot be written
	 */
	byte[] write(Object payload);

	/**
	 * Reads a payload.
	 * @param bytes what {@link #write} gave, or what another program enqueued
	 * @param type the type that the handler wants
	 * @return the object
	 * @throws PayloadConversionException if the bytes are not such an object
	 */
	Object read(byte[] bytes, Type type);

}
