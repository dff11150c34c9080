package io.arque.redis;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.arque.Delivery;
import io.arque.Payload;
import io.arque.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * {@code QueueProbe} looks into a queue without taking anything, and moves or removes
 * what is in it, for tests and operators. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class QueueProbe {

	/** How many entries one call looks at, at the most. */
	private static final int PAGE = 200;

	/** How many delayed tasks one call moves, at the most. */
	private static final int MOVES = 500;

	private final RedisQueue queue;

	QueueProbe(RedisQueue queue) {
		this.queue = queue;
	}

	/**
	 * Looks at tasks in the order in which they would be taken, one partition after the
	 * other. Several calls if there are many: what changes meanwhile may be seen twice or
	 * not at all.
	 * @param place which tasks: pending, delayed or working
	 * @param max how many to return at the most
	 * @return the tasks
	 */
	public List<SeenTask> peek(TaskState place, int max) {
		String letter = switch (place) {
			case PENDING -> "P";
			case DELAYED -> "D";
			case WORKING -> "W";
			case FAILED -> throw new IllegalArgumentException("Dead letters are listed by failed()");
		};
		List<SeenTask> found = new ArrayList<>();
		for (QueuePartition partition : this.queue.searched("")) {
			found.addAll(peek(partition.access(), place, letter, max - found.size()));
		}
		return found;
	}

	private List<SeenTask> peek(QueueAccess queue, TaskState place, String letter, int max) {
		List<SeenTask> found = new ArrayList<>();
		long offset = 0;
		while (found.size() < max) {
			List<Object> reply = queue.execute(Scripts.PEEK,
					new Arguments().add(letter).add(offset).add(Math.min(PAGE, max - found.size())));
			long seen = Reply.number(reply, 0);
			if (seen == 0) {
				break;
			}
			offset += seen;
			List<Object> tasks = Reply.list(reply, 1);
			for (int i = 0; i < tasks.size(); i += 4) {
				found.add(seen(queue, place, tasks, i));
			}
		}
		return found;
	}

	private static SeenTask seen(QueueAccess queue, TaskState place, List<Object> reply, int from) {
		String reference = Reply.text(reply, from);
		long until = Reply.number(reply, from + 1);
		TaskBody body = TaskBody.readLeniently(Reply.bytes(reply, from + 2));
		return new SeenTask((body.id() != null) ? body.id() : reference, place,
				(until > 0) ? Reply.instant(until) : null,
				StateRecord.readLeniently(Reply.bytes(reply, from + 3)).delivery(body), body.headers(),
				queue.payload(body.payload()));
	}

	/**
	 * Moves all delayed tasks to the end of pending, the earliest first.
	 * @return how many were moved
	 */
	public long makeDue() {
		long moved = 0;
		for (QueuePartition partition : this.queue.searched("")) {
			long last;
			do {
				last = partition.access().execute(Scripts.MAKE_DUE, new Arguments().add(MOVES));
				moved += last;
			}
			while (last == MOVES);
		}
		return moved;
	}

	/**
	 * Removes all tasks in whatever state, dead letters, run-time settings and counters.
	 * Workers that hold a lease lose it.
	 */
	public void clear() {
		this.queue.searched("").forEach((partition) -> partition.access().execute(Scripts.CLEAR, new Arguments()));
		if (this.queue.ledger().exists()) {
			this.queue.ledger().round(); // a pause and a limit are gone
		}
	}

	/**
	 * A task that was looked at.
	 *
	 * @param id the task's id
	 * @param state the state in which it was found
	 * @param until when it is due, or when its lease ends; none while it is pending
	 * @param delivery attempts, crashes, times and own limits
	 * @param headers the headers
	 * @param payload the payload
	 */
	public record SeenTask(String id, TaskState state, @Nullable Instant until, Delivery delivery,
			Map<String, String> headers, Payload payload) {
	}

}
