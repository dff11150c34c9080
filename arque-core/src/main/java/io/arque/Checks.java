package io.arque;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * {@code Checks} refuses arguments and settings that break a rule, by a message that
 * names the setting, the rule and the value.
 *
 * @since 0.1.0
 */
public final class Checks {

	/** The longest time that can be set: a hundred years. */
	public static final Duration FOREVER = Duration.ofDays(36500);

	private static final int MAX_ID_BYTES = 512;

	private Checks() {
	}

	/**
	 * Refuses a delay that is negative or longer than a hundred years.
	 * @param delay the delay
	 * @return the delay
	 * @throws IllegalArgumentException if it is
	 */
	public static Duration delay(Duration delay) {
		checkBetween(notNull(delay, "delay"), Duration.ZERO, FOREVER, "delay");
		return delay;
	}

	/**
	 * Refuses a task's id that has no or more than 512 bytes, or is no text.
	 * @param id the id
	 * @return the id
	 * @throws IllegalArgumentException if it is such a one
	 */
	public static String id(String id) {
		byte[] bytes = notNull(id, "id").getBytes(StandardCharsets.UTF_8);
		check(bytes.length >= 1 && bytes.length <= MAX_ID_BYTES, "id must have 1 to 512 bytes", bytes.length);
		check(isWritten(id, bytes), "id must be text that UTF-8 can write", id);
		return id;
	}

	/**
	 * Whether UTF-8 could write a text: half of a surrogate pair becomes a question mark.
	 * @param text the text
	 * @param bytes what it has written
	 * @return whether it comes out as it went in
	 */
	public static boolean isWritten(String text, byte[] bytes) {
		return text.equals(new String(bytes, StandardCharsets.UTF_8));
	}

	/**
	 * Refuses what is missing.
	 * @param <T> the value's type
	 * @param value the value
	 * @param name what it is
	 * @return the value
	 * @throws IllegalArgumentException if it is null
	 */
	public static <T> T notNull(@Nullable T value, String name) {
		if (value == null) {
			throw new IllegalArgumentException(name + " must not be null");
		}
		return value;
	}

	static void check(boolean valid, String rule, Object value) {
		if (!valid) {
			throw new IllegalArgumentException(rule + ", it is " + value);
		}
	}

	/**
	 * Refuses a duration outside of its bounds.
	 * @param value the duration
	 * @param min the shortest
	 * @param max the longest
	 * @param name what is set
	 * @throws IllegalArgumentException if it is outside
	 */
	public static void checkBetween(Duration value, Duration min, Duration max, String name) {
		if (value.compareTo(min) < 0 || value.compareTo(max) > 0) { // texts only then
			check(false, name + " must be " + text(min) + " to " + text(max), text(value));
		}
	}

	private static String text(Duration value) {
		if (value.equals(FOREVER)) {
			return "36500d";
		}
		if (value.compareTo(FOREVER) > 0 || value.compareTo(FOREVER.negated()) < 0) {
			return value.toDays() + "d"; // milliseconds may be more than a long can hold
		}
		return (value.toMillis() % 1000 == 0) ? value.toSeconds() + "s" : value.toMillis() + "ms";
	}

}
