package io.arque.listener;

import java.lang.reflect.Type;
import java.util.LinkedHashSet;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What to listen to and what to call: one {@code @ArqueListener} method, or the same made
 * by hand.
 *
 * @param id names the container, unique in the application
 * @param queues the queues' names, at least one; they share the concurrency
 * @param handler what to call
 * @param payloadType the type that the handler wants, none if it takes any bytes
 * @param overrides what the endpoint sets itself
 * @since 0.1.0
 */
public record ArqueListenerEndpoint(String id, List<String> queues, TaskHandler handler, @Nullable Type payloadType,
		Overrides overrides) {

	/**
	 * Checks.
	 */
	public ArqueListenerEndpoint {
		queues = List.copyOf(new LinkedHashSet<>(queues));
		if (queues.isEmpty()) {
			throw new IllegalArgumentException("Listener '" + id + "' names no queue");
		}
	}

	/**
	 * What an endpoint sets itself; none for what the container factory has.
	 *
	 * @param concurrency how many tasks at once
	 * @param ackMode who settles tasks
	 * @param autoStartup whether the container starts with the application
	 */
	public record Overrides(@Nullable Integer concurrency, @Nullable AckMode ackMode, @Nullable Boolean autoStartup) {

		/** Sets nothing. */
		public static final Overrides NONE = new Overrides(null, null, null);

	}

}
