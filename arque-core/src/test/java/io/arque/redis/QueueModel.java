package io.arque.redis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.arque.TaskState;

/**
 * {@code QueueModel} is one queue in plain Java: where each task is, what was counted,
 * and the transitions of {@code docs/state-machine.md}. It knows nothing of Redis, and
 * none of the bounds that many tasks in one call meet: a history has few.
 */
final class QueueModel {

	private static final Comparator<ModelTask> BY_TIME = Comparator.<ModelTask>comparingLong((task) -> task.time)
		.thenComparing((task) -> task.reference);

	/** What has a body: living tasks and dead letters, by reference. */
	final Map<String, ModelTask> tasks = new HashMap<>();

	/** The entries of pending in order; one without a task is a ghost. */
	final List<Entry> pending = new ArrayList<>();

	final Map<String, String> ids = new HashMap<>();

	String limit = "";

	String applied = "";

	boolean paused;

	long failedBytes;

	long dropped;

	/** Entries of pending that the last {@link #take} passed over and left. */
	private int outOfReach;

	List<ModelTask> in(TaskState place) {
		return in(place, BY_TIME);
	}

	private List<ModelTask> in(TaskState place, Comparator<ModelTask> order) {
		Stream<ModelTask> found = this.tasks.values().stream().filter((task) -> task.place == place);
		return found.sorted(order).toList();
	}

	int count(TaskState place) {
		int count = 0;
		for (ModelTask task : this.tasks.values()) {
			count += (task.place == place) ? 1 : 0;
		}
		return count;
	}

	/**
	 * Adds a task.
	 * @param task the task
	 * @param dueAt when it is due
	 * @param isNow whether it is due because no time was given
	 * @param choice K, R or D; '' without a custom id
	 * @param now the time
	 * @return the status, as {@code enqueue.lua} tells it
	 */
	String enqueue(ModelTask task, long dueAt, boolean isNow, String choice, long now) {
		ModelTask other = choice.isEmpty() ? null : living(task.id());
		if (other != null && choice.startsWith("E")) {
			return choice.endsWith(other.reference) ? "A" : "D";
		}
		if (other != null && !choice.equals("R")) {
			return choice;
		}
		if (other != null && other.place == TaskState.WORKING) {
			return "W";
		}
		if (other != null && isNow && other.place == TaskState.PENDING) {
			other.replaceBody(task.body);
			return "R";
		}
		if (other != null) {
			this.tasks.remove(other.reference);
		}
		this.tasks.put(task.reference, task);
		if (!choice.isEmpty()) {
			this.ids.put(task.id(), task.reference);
		}
		place(task, dueAt, now);
		return (other != null) ? "R" : "A";
	}

	private ModelTask living(String id) {
		ModelTask known = this.tasks.get(this.ids.getOrDefault(id, ""));
		return (known != null && known.place != TaskState.FAILED) ? known : null;
	}

	private void place(ModelTask task, long dueAt, long now) {
		if (dueAt > now) {
			task.place = TaskState.DELAYED;
			task.time = dueAt;
		}
		else {
			toTail(task, now);
		}
	}

	private void toTail(ModelTask task, long now) {
		task.place = TaskState.PENDING;
		this.pending.add(new Entry(task.reference, now));
	}

	private void toHead(ModelTask task, long now) {
		task.place = TaskState.PENDING;
		this.pending.add(0, new Entry(task.reference, now));
	}

	/**
	 * Returns the task if it is leased under this token, else null.
	 */
	ModelTask leased(String reference, String token) {
		ModelTask task = this.tasks.get(reference);
		return (task != null && task.isLeasedUnder(token)) ? task : null;
	}

	String release(List<ModelTask> leased) {
		StringBuilder statuses = new StringBuilder();
		for (ModelTask task : leased) {
			statuses.append((task != null) ? 'R' : 'L');
			if (task != null) {
				remove(task);
			}
		}
		return statuses.toString();
	}

	private void remove(ModelTask task) {
		this.ids.remove(task.id(), task.reference);
		this.tasks.remove(task.reference);
	}

	String requeue(ModelTask task, long delayMillis, String error, int maxAttempts, long now) {
		if (task == null) {
			return "L";
		}
		int max = (task.maxAttempts() > 0) ? task.maxAttempts() : maxAttempts;
		if (task.attempts - task.crashes >= max) {
			fail(task, error, now);
			return "F";
		}
		task.requeues++;
		putBack(task, delayMillis, false, now);
		return "R";
	}

	String handBack(ModelTask task, long delayMillis, long now) {
		if (task == null) {
			return "L";
		}
		task.attempts--;
		putBack(task, delayMillis, true, now);
		return "R";
	}

	String reject(ModelTask task, String error, long now) {
		if (task == null) {
			return "L";
		}
		fail(task, error, now);
		return "F";
	}

	private void putBack(ModelTask task, long delayMillis, boolean head, long now) {
		task.token = "";
		task.requeuedAt = now;
		if (delayMillis > 0) {
			place(task, now + delayMillis, now);
		}
		else if (head) {
			toHead(task, now);
		}
		else {
			toTail(task, now);
		}
	}

	private void fail(ModelTask task, String error, long now) {
		task.token = "";
		task.error = error;
		task.place = TaskState.FAILED;
		task.time = now;
		this.failedBytes += task.failedBytes();
	}

	/**
	 * Puts back what has an expired lease, the earliest at the head.
	 * @return how many
	 */
	int reclaim(long now) {
		List<ModelTask> expired = in(TaskState.WORKING, BY_TIME.reversed()).stream()
			.filter((task) -> task.time <= now)
			.toList();
		for (ModelTask task : expired) {
			task.crashes++;
			task.token = "";
			task.requeuedAt = now;
			toHead(task, now);
		}
		return expired.size();
	}

	/**
	 * Moves what is due by a time to pending, the earliest first.
	 * @return how many
	 */
	int promote(long dueBy, long now) {
		List<ModelTask> due = in(TaskState.DELAYED).stream().filter((task) -> task.time <= dueBy).toList();
		due.forEach((task) -> toTail(task, now));
		return due.size();
	}

	/**
	 * Leases the first of pending, and fails on the way what is spent. Suspects stay, but
	 * for the first where one may be had.
	 * @return what was leased
	 */
	List<ModelTask> take(int max, ModelPolicy policy, Suspects suspects, String token, long deadline, long now) {
		List<ModelTask> taken = new ArrayList<>();
		List<Entry> stay = new ArrayList<>();
		boolean suspectMayBeHad = suspects.one;
		while (taken.size() < max && !this.pending.isEmpty()) {
			Entry entry = this.pending.remove(0);
			ModelTask task = this.tasks.get(entry.reference);
			if (task == null) {
				continue;
			}
			String reason = policy.reasonToFail(task);
			if (reason != null) {
				fail(task, reason, now);
				continue;
			}
			if (task.crashes >= suspects.from) {
				if (!suspectMayBeHad) {
					stay.add(entry);
					continue;
				}
				suspectMayBeHad = false;
			}
			task.leasedOnce = true;
			task.attempts++;
			task.dequeuedAt = now;
			task.token = token;
			task.place = TaskState.WORKING;
			task.time = deadline;
			taken.add(task);
		}
		this.outOfReach = stay.size();
		this.pending.addAll(0, stay);
		return taken;
	}

	/**
	 * Whether the last {@link #take} left something that it could have taken.
	 */
	boolean isMoreInReach() {
		return this.pending.size() > this.outOfReach;
	}

	/**
	 * Drops the oldest dead letters that are over a bound.
	 * @return how many
	 */
	int trimFailed(ModelPolicy policy, long now) {
		List<ModelTask> failed = new ArrayList<>(in(TaskState.FAILED));
		int count = 0;
		while (!failed.isEmpty() && (failed.size() > policy.maxSize()
				|| failed.get(0).time < now - policy.retentionMillis() || this.failedBytes > policy.maxBytes())) {
			deleteFailed(failed.remove(0));
			count++;
		}
		this.dropped += count;
		return count;
	}

	void deleteFailed(ModelTask task) {
		this.failedBytes -= task.failedBytes();
		remove(task);
	}

	/**
	 * Moves a dead letter back to pending, with nothing counted.
	 * @return whether it was moved; not if a living task has its id
	 */
	boolean redrive(ModelTask task, long now) {
		if (!task.id().isEmpty()) {
			if (living(task.id()) != null) {
				return false;
			}
			this.ids.put(task.id(), task.reference);
		}
		this.failedBytes -= task.failedBytes();
		task.error = "";
		task.forget();
		toTail(task, now);
		return true;
	}

	void clear() {
		this.tasks.clear();
		this.pending.clear();
		this.ids.clear();
		this.limit = "";
		this.applied = "";
		this.paused = false;
		this.failedBytes = 0;
		this.dropped = 0;
	}

	/**
	 * Which tasks are suspects, and whether one may be had.
	 *
	 * @param from crashes from which on a task is one
	 * @param one whether one may be had
	 */
	record Suspects(long from, boolean one) {
	}

	/**
	 * An entry of pending.
	 *
	 * @param reference the task's reference
	 * @param since since when it is pending
	 */
	record Entry(String reference, long since) {

		String packed() {
			return this.reference + ModelTask.millis(this.since);
		}

	}

}
