package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;

import io.arque.QueueStats;

/**
 * {@code Reply} reads what a script returned.
 */
final class Reply {

	private Reply() {
	}

	static long number(List<Object> reply, int index) {
		return (Long) reply.get(index);
	}

	static int integer(List<Object> reply, int index) {
		return Math.toIntExact(number(reply, index));
	}

	static byte[] bytes(List<Object> reply, int index) {
		return (byte[]) reply.get(index);
	}

	static String text(List<Object> reply, int index) {
		return text(bytes(reply, index));
	}

	static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

	@SuppressWarnings("unchecked")
	static List<Object> list(List<Object> reply, int index) {
		return (List<Object>) reply.get(index);
	}

	/**
	 * Reads the twelve numbers of {@code include/counts.lua}.
	 * @param reply the reply
	 * @param from where they begin
	 * @return the counts
	 */
	static QueueStats stats(List<Object> reply, int from) {
		long since = number(reply, from + 4);
		int limit = integer(reply, from + 5);
		long now = number(reply, from + 9);
		Duration age = (since > 0) ? Duration.ofMillis(Math.max(0, now - since)) : Duration.ZERO;
		return new QueueStats(number(reply, from), number(reply, from + 1), number(reply, from + 2),
				number(reply, from + 3), number(reply, from + 8), number(reply, from + 7), age,
				(limit > 0) ? OptionalInt.of(limit) : OptionalInt.empty(), number(reply, from + 6) == 1);
	}

	static Instant instant(long millis) {
		return Instant.ofEpochMilli(millis);
	}

}
