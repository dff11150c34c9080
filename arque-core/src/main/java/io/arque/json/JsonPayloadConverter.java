package io.arque.json;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.Checks;
import io.arque.PayloadConversionException;
import io.arque.PayloadConverter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code JsonPayloadConverter} writes payloads as JSON by Jackson; {@code byte[]} and
 * {@code String} pass through as they are. What class to read is told by the caller,
 * never by the JSON.
 *
 * @since 0.1.0
 */
public final class JsonPayloadConverter implements PayloadConverter {

	private final JsonMapper mapper;

	/** To find out how to read a type takes longer than to read a small payload of it. */
	private final Map<Type, ObjectReader> readers = new ConcurrentHashMap<>();

	/**
	 * Creates a converter.
	 * @param mapper writes and reads the JSON
	 */
	public JsonPayloadConverter(JsonMapper mapper) {
		this.mapper = mapper;
	}

	@Override
	public byte[] write(Object payload) {
		if (payload instanceof byte[] bytes) {
			return bytes;
		}
		if (payload instanceof String text) {
			byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
			if (!Checks.isWritten(text, bytes)) {
				throw new PayloadConversionException(
						"A payload of java.lang.String cannot be written as UTF-8: it has half of a surrogate pair",
						null);
			}
			return bytes;
		}
		try {
			return this.mapper.writeValueAsBytes(payload);
		}
		catch (JacksonException ex) {
			throw new PayloadConversionException(
					"A payload of " + payload.getClass().getName() + " cannot be written as JSON: " + ex.getMessage(),
					ex);
		}
	}

	@Override
	public Object read(byte[] bytes, Type type) {
		if (type == byte[].class) {
			return bytes;
		}
		if (type == String.class) {
			return new String(bytes, StandardCharsets.UTF_8);
		}
		Object value;
		try {
			value = this.readers.computeIfAbsent(type, this::reader).readValue(bytes);
		}
		catch (JacksonException ex) {
			throw new PayloadConversionException(
					"The payload is not a " + type.getTypeName() + " in JSON: " + ex.getOriginalMessage(), ex);
		}
		if (value == null) {
			throw new PayloadConversionException("The payload is JSON null, not a " + type.getTypeName(), null);
		}
		return value;
	}

	private ObjectReader reader(Type type) {
		return this.mapper.readerFor(this.mapper.constructType(type));
	}

}
