package io.arque;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/**
 * A task's payload, as the bytes that were enqueued.
 *
 * @param bytes the bytes; not copied, not to be changed
 * @param converter reads the bytes as an object
 * @since 0.1.0
 */
public record Payload(byte[] bytes, PayloadConverter converter) {

	/**
	 * Reads the payload as an object.
	 * @param <T> the object's type
	 * @param type the object's type
	 * @return the object
	 * @throws PayloadConversionException if the bytes are not such an object
	 */
	public <T> T as(Class<T> type) {
		Object object = this.converter.read(this.bytes, type);
		return (type.isPrimitive()) ? unchecked(object) : type.cast(object);
	}

	/**
	 * Reads the payload as an object of a generic type.
	 * @param type the object's type
	 * @return the object
	 * @throws PayloadConversionException if the bytes are not such an object
	 */
	public Object as(Type type) {
		return this.converter.read(this.bytes, type);
	}

	/**
	 * Reads the payload as text in UTF-8.
	 * @return the text
	 */
	public String text() {
		return new String(this.bytes, StandardCharsets.UTF_8);
	}

	@SuppressWarnings("unchecked")
	private static <T> T unchecked(Object object) {
		return (T) object;
	}

	@Override
	public String toString() {
		return this.bytes.length + " bytes";
	}

}
