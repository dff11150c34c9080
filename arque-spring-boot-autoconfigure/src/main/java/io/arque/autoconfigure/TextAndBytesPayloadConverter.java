package io.arque.autoconfigure;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

import io.arque.PayloadConversionException;
import io.arque.PayloadConverter;

/**
 * {@code TextAndBytesPayloadConverter} takes {@code byte[]} and {@code String} payloads
 * in an application without Jackson, and says what is missing for others.
 */
final class TextAndBytesPayloadConverter implements PayloadConverter {

	private static final String MISSING = " without Jackson: add spring-boot-starter-jackson, or define a"
			+ " PayloadConverter bean";

	@Override
	public byte[] write(Object payload) {
		if (payload instanceof byte[] bytes) {
			return bytes;
		}
		if (payload instanceof String text) {
			return text.getBytes(StandardCharsets.UTF_8);
		}
		throw new PayloadConversionException(
				"A payload of " + payload.getClass().getName() + " cannot be written" + MISSING, null);
	}

	@Override
	public Object read(byte[] bytes, Type type) {
		if (type == byte[].class) {
			return bytes;
		}
		if (type == String.class) {
			return new String(bytes, StandardCharsets.UTF_8);
		}
		throw new PayloadConversionException("The payload cannot be read as " + type.getTypeName() + MISSING, null);
	}

}
