package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.arque.ArqueException;
import io.arque.Checks;
import io.arque.DuplicateTaskException;
import io.arque.FailedTask;
import io.arque.FailedTasks;

/**
 * {@code RedisFailedTasks} reads, redrives and deletes the dead letters of one partition.
 * What concerns all of them is done in calls of {@value #BATCH} at the most, up to the
 * time of the first call.
 */
final class RedisFailedTasks implements FailedTasks {

	private static final int BATCH = 200;

	private static final int MAX_PAGE = 500;

	private final QueueAccess queue;

	RedisFailedTasks(QueueAccess queue) {
		this.queue = queue;
	}

	@Override
	public List<FailedTask> list(int offset, int count) {
		if (offset < 0 || count < 1 || count > MAX_PAGE) {
			throw new IllegalArgumentException(
					"offset must be at least 0 and count 1 to " + MAX_PAGE + ", they are " + offset + " and " + count);
		}
		return read(new Arguments().add("").add(offset).add(count));
	}

	@Override
	public Optional<FailedTask> get(String id) {
		return read(new Arguments().add(Checks.id(id)).add(0).add(1)).stream().findFirst();
	}

	@Override
	public boolean redrive(String id) {
		List<Object> reply = redrive(Checks.id(id), "", 1, 0);
		if (Reply.number(reply, 1) > 0) {
			throw new DuplicateTaskException(this.queue.name(), id, "its dead letter stays in failed");
		}
		if (Reply.number(reply, 4) > 0) {
			throw new ArqueException("Dead letter " + id + " of queue " + this.queue.name()
					+ " stays in failed: its record is of a format that this version of Arque cannot read");
		}
		return Reply.number(reply, 0) > 0;
	}

	@Override
	public long redriveAll() {
		long moved = 0;
		long left = 0;
		String upTo = "";
		while (true) {
			List<Object> reply = redrive("", upTo, BATCH, left);
			moved += Reply.number(reply, 0);
			left += Reply.number(reply, 1) + Reply.number(reply, 4);
			this.queue.log().unreadable(Reply.number(reply, 4));
			upTo = Long.toString(Reply.number(reply, 2));
			if (Reply.number(reply, 3) < BATCH) {
				return moved;
			}
		}
	}

	@Override
	public boolean delete(String id) {
		return Reply.number(delete(Checks.id(id), "", 1), 0) > 0;
	}

	@Override
	public long purge() {
		long deleted = 0;
		String upTo = "";
		while (true) {
			List<Object> reply = delete("", upTo, BATCH);
			deleted += Reply.number(reply, 0);
			upTo = Long.toString(Reply.number(reply, 1));
			if (Reply.number(reply, 0) < BATCH) {
				return deleted;
			}
		}
	}

	private List<Object> redrive(String id, String upToMillis, int max, long skip) {
		return this.queue.execute(Scripts.REDRIVE, new Arguments().add(id).add(upToMillis).add(max).add(skip));
	}

	private List<Object> delete(String id, String upToMillis, int max) {
		return this.queue.execute(Scripts.DELETE, new Arguments().add(id).add(upToMillis).add(max));
	}

	private List<FailedTask> read(Arguments which) {
		List<Object> reply = this.queue.execute(Scripts.FAILED, which);
		List<FailedTask> page = new ArrayList<>();
		for (int i = 0; i < reply.size(); i += 5) {
			String reference = Reply.text(reply, i);
			TaskBody body = TaskBody.readLeniently(Reply.bytes(reply, i + 2));
			page.add(new FailedTask((body.id() != null) ? body.id() : reference, reference,
					StateRecord.readLeniently(Reply.bytes(reply, i + 3)).delivery(body),
					Reply.instant(Reply.number(reply, i + 1)), ErrorRecord.read(Reply.bytes(reply, i + 4)),
					body.headers(), this.queue.payload(body.payload())));
		}
		return page;
	}

}
