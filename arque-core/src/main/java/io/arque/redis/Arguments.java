package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code Arguments} collects the ARGV of one call as bytes.
 */
final class Arguments {

	private static final byte[] NOTHING = {};

	private final List<byte[]> values = new ArrayList<>();

	Arguments add(byte[] value) {
		this.values.add(value);
		return this;
	}

	Arguments add(String value) {
		return add(value.isEmpty() ? NOTHING : value.getBytes(StandardCharsets.UTF_8));
	}

	Arguments add(long value) {
		return add(Long.toString(value));
	}

	Arguments add(boolean value) {
		return add(value ? "1" : "0");
	}

	Arguments addMillis(Duration value) {
		return add(value.toMillis());
	}

	Arguments addAll(Arguments others) {
		this.values.addAll(others.values);
		return this;
	}

	Object[] toArray() {
		return this.values.toArray();
	}

}
