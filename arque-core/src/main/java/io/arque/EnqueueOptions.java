package io.arque;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a task may be given besides its payload. Starts from {@link #none()}; each
 * {@code with…} method returns a changed copy.
 *
 * @param id the task's own id, 1 to 512 bytes in UTF-8, not two living tasks of a queue
 * have the same; none for an id made by Arque
 * @param delay time from now until the task is due, not together with {@code dueAt}
 * @param dueAt when the task is due, compared with Redis's clock
 * @param taskTimeout the longest that one attempt may run, at least 1 ms; none for the
 * queue's setting
 * @param maxAttempts deliveries in all, 1 to 65535; none for the queue's setting
 * @param headers names and values that travel beside the payload, 64 kB together at the
 * most
 * @param onDuplicate what happens when a living task has this id;
 * {@link OnDuplicate#KEEP} by default
 * @since 0.1.0
 */
public record EnqueueOptions(@Nullable String id, @Nullable Duration delay, @Nullable Instant dueAt,
		@Nullable Duration taskTimeout, @Nullable Integer maxAttempts, Map<String, String> headers,
		OnDuplicate onDuplicate) {

	private static final EnqueueOptions NONE = new EnqueueOptions(null, null, null, null, null, Map.of(),
			OnDuplicate.KEEP);

	private static final int MAX_ATTEMPTS = 65535;

	/**
	 * Checks and copies.
	 */
	public EnqueueOptions {
		if (id != null) {
			Checks.id(id);
		}
		check(delay == null || dueAt == null, "delay and dueAt cannot be given together");
		if (delay != null) {
			Checks.delay(delay);
		}
		if (dueAt != null) {
			check(dueAt.isAfter(Instant.EPOCH) && dueAt.isBefore(Instant.EPOCH.plus(Checks.FOREVER.multipliedBy(2))),
					"dueAt must be between 1970 and 2169: " + dueAt);
		}
		if (taskTimeout != null) {
			Checks.checkBetween(taskTimeout, Duration.ofMillis(1), Checks.FOREVER, "taskTimeout");
		}
		if (maxAttempts != null) {
			check(maxAttempts >= 1 && maxAttempts <= MAX_ATTEMPTS, "maxAttempts must be 1 to 65535: " + maxAttempts);
		}
		Checks.notNull(headers, "headers").forEach((name, value) -> {
			Checks.notNull(name, "a header's name");
			Checks.notNull(value, "the value of header '" + name + "'");
			if (!isText(name) || !isText(value)) { // the message only then
				check(false, "header '" + name + "' must be text that UTF-8 can write, name and value");
			}
		});
		headers = Map.copyOf(headers);
		Checks.notNull(onDuplicate, "onDuplicate");
	}

	/**
	 * Returns the options that set nothing.
	 * @return no options
	 */
	public static EnqueueOptions none() {
		return NONE;
	}

	/**
	 * Sets the task's own id.
	 * @param id the id
	 * @return the changed copy
	 */
	public EnqueueOptions withId(String id) {
		return new EnqueueOptions(id, this.delay, this.dueAt, this.taskTimeout, this.maxAttempts, this.headers,
				this.onDuplicate);
	}

	/**
	 * Sets the time from now until the task is due.
	 * @param delay the delay
	 * @return the changed copy
	 */
	public EnqueueOptions withDelay(Duration delay) {
		return new EnqueueOptions(this.id, delay, null, this.taskTimeout, this.maxAttempts, this.headers,
				this.onDuplicate);
	}

	/**
	 * Sets when the task is due.
	 * @param dueAt the time
	 * @return the changed copy
	 */
	public EnqueueOptions withDueAt(Instant dueAt) {
		return new EnqueueOptions(this.id, null, dueAt, this.taskTimeout, this.maxAttempts, this.headers,
				this.onDuplicate);
	}

	/**
	 * Sets the longest that one attempt may run.
	 * @param taskTimeout the time-out
	 * @return the changed copy
	 */
	public EnqueueOptions withTaskTimeout(Duration taskTimeout) {
		return new EnqueueOptions(this.id, this.delay, this.dueAt, taskTimeout, this.maxAttempts, this.headers,
				this.onDuplicate);
	}

	/**
	 * Sets how many deliveries the task gets in all.
	 * @param maxAttempts the attempts
	 * @return the changed copy
	 */
	public EnqueueOptions withMaxAttempts(int maxAttempts) {
		return new EnqueueOptions(this.id, this.delay, this.dueAt, this.taskTimeout, maxAttempts, this.headers,
				this.onDuplicate);
	}

	/**
	 * Adds a header.
	 * @param name the header's name
	 * @param value the header's value
	 * @return the changed copy
	 */
	public EnqueueOptions withHeader(String name, String value) {
		Map<String, String> more = new LinkedHashMap<>(this.headers);
		more.put(name, value);
		return new EnqueueOptions(this.id, this.delay, this.dueAt, this.taskTimeout, this.maxAttempts, more,
				this.onDuplicate);
	}

	/**
	 * Sets what happens when a living task has this id.
	 * @param onDuplicate the choice
	 * @return the changed copy
	 */
	public EnqueueOptions withOnDuplicate(OnDuplicate onDuplicate) {
		return new EnqueueOptions(this.id, this.delay, this.dueAt, this.taskTimeout, this.maxAttempts, this.headers,
				onDuplicate);
	}

	private static boolean isText(String text) {
		return Checks.isWritten(text, text.getBytes(StandardCharsets.UTF_8));
	}

	private static void check(boolean valid, String rule) {
		if (!valid) {
			throw new IllegalArgumentException("EnqueueOptions: " + rule);
		}
	}

}
