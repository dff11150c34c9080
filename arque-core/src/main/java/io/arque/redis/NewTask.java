package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.arque.EnqueueOptions;
import org.jspecify.annotations.Nullable;

/**
 * {@code NewTask} is a task on its way into a queue.
 *
 * @param reference its reference, never used before
 * @param body its body record, but for version and time
 * @param options what it was given
 * @param earlier the reference that it had in an earlier call which got no answer, none
 * if there was no such call
 */
record NewTask(String reference, byte[] body, EnqueueOptions options, @Nullable String earlier) {

	/** How many tasks one call adds at the most. */
	static final int MAX_TASKS_PER_CALL = 500;

	/** How many bytes one call adds at the most, unless one task has more. */
	static final int MAX_BYTES_PER_CALL = 1024 * 1024;

	NewTask(String reference, byte[] body, EnqueueOptions options) {
		this(reference, body, options, null);
	}

	NewTask withEarlier(String earlierReference) {
		return new NewTask(this.reference, this.body, this.options, earlierReference);
	}

	String id() {
		String id = this.options.id();
		return (id != null) ? id : this.reference;
	}

	Arguments addTo(Arguments arguments) {
		return arguments.add(this.reference + due() + custom()).add(this.body);
	}

	private String due() {
		Duration delay = this.options.delay();
		if (delay != null) {
			return delay.isZero() ? "" : "+" + delay.toMillis();
		}
		return (this.options.dueAt() != null) ? Long.toString(this.options.dueAt().toEpochMilli()) : "";
	}

	private String custom() {
		if (this.options.id() == null) {
			return "";
		}
		return switch (this.options.onDuplicate()) {
			case KEEP -> "|K";
			case REPLACE -> "|R";
			case REJECT -> (this.earlier != null) ? "|E" + this.earlier : "|D";
		} + this.options.id();
	}

	/**
	 * Cuts tasks into what goes into one call each.
	 * @param tasks the tasks
	 * @return the calls, in order
	 */
	static List<List<NewTask>> calls(List<NewTask> tasks) {
		List<List<NewTask>> calls = new ArrayList<>();
		int from = 0;
		long bytes = 0;
		for (int i = 0; i < tasks.size(); i++) {
			int length = tasks.get(i).body().length;
			if (i > from && (i - from == MAX_TASKS_PER_CALL || bytes + length > MAX_BYTES_PER_CALL)) {
				calls.add(tasks.subList(from, i));
				from = i;
				bytes = 0;
			}
			bytes += length;
		}
		if (from < tasks.size()) {
			calls.add(tasks.subList(from, tasks.size()));
		}
		return calls;
	}

}
