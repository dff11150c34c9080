package io.arque;

import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What holds for all queues of one application.
 *
 * @param keyPrefix what the keys and channels in Redis begin with, matching
 * {@code [A-Za-z0-9._:-]{1,64}}; applications with different prefixes do not share queues
 * @param maxPayloadBytes the largest payload that {@code enqueue} takes
 * @param queues the settings of a queue, by its name
 * @since 0.1.0
 */
public record ArqueSettings(String keyPrefix, long maxPayloadBytes, Function<String, QueueSettings> queues) {

	private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

	/** What holds when nothing is set. */
	public static final ArqueSettings DEFAULTS = new ArqueSettings("arque", 1024 * 1024,
			(name) -> QueueSettings.DEFAULTS);

	/**
	 * Checks.
	 */
	public ArqueSettings {
		if (!PREFIX.matcher(keyPrefix).matches()) {
			throw new IllegalArgumentException("key-prefix must match " + PREFIX + ", it is '" + keyPrefix + "'");
		}
		if (maxPayloadBytes < 1 || maxPayloadBytes > 512L * 1024 * 1024) {
			throw new IllegalArgumentException("max-payload-size must be 1 byte to 512 MB, it is " + maxPayloadBytes);
		}
	}

}
