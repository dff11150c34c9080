package io.arque.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

import io.arque.Checks;
import io.arque.FailedTask;
import io.arque.FailedTasks;

/**
 * {@code QueueFailedTasks} are the dead letters of all partitions of a queue, as if they
 * were in one place.
 */
final class QueueFailedTasks implements FailedTasks {

	private final RedisQueue queue;

	QueueFailedTasks(RedisQueue queue) {
		this.queue = queue;
	}

	/** Each page is read from the beginning, since partitions know no common order. */
	@Override
	public List<FailedTask> list(int offset, int count) {
		List<FailedTask> ofFirst = this.queue.partitions().get(0).failed().list(offset, count);
		List<QueuePartition> partitions = this.queue.searched("");
		if (partitions.size() == 1) {
			return ofFirst;
		}
		PriorityQueue<Pages> byAge = new PriorityQueue<>(
				Comparator.comparing((Pages pages) -> pages.first().failedAt()));
		for (QueuePartition partition : partitions) {
			Pages pages = new Pages(partition.failed(), count);
			if (pages.hasNext()) {
				byAge.add(pages);
			}
		}
		List<FailedTask> page = new ArrayList<>();
		for (int i = 0; page.size() < count && !byAge.isEmpty(); i++) {
			Pages oldest = byAge.remove();
			FailedTask next = oldest.next();
			if (i >= offset) {
				page.add(next);
			}
			if (oldest.hasNext()) {
				byAge.add(oldest);
			}
		}
		return page;
	}

	@Override
	public Optional<FailedTask> get(String id) {
		Optional<FailedTask> found = this.queue.partition(Checks.id(id)).failed().get(id);
		return found.isPresent() ? found
				: others(id).flatMap((partition) -> partition.failed().get(id).stream()).findFirst();
	}

	@Override
	public boolean redrive(String id) {
		return this.queue.partition(Checks.id(id)).failed().redrive(id)
				|| others(id).anyMatch((partition) -> partition.failed().redrive(id));
	}

	@Override
	public long redriveAll() {
		return sum((partition) -> partition.failed().redriveAll());
	}

	@Override
	public boolean delete(String id) {
		return this.queue.partition(Checks.id(id)).failed().delete(id)
				|| others(id).anyMatch((partition) -> partition.failed().delete(id));
	}

	@Override
	public long purge() {
		return sum((partition) -> partition.failed().purge());
	}

	/** Where else a dead letter may be that is not where its id belongs. */
	private Stream<QueuePartition> others(String id) {
		return this.queue.searched(id).stream().skip(1);
	}

	private long sum(ToLongFunction<QueuePartition> change) {
		List<QueuePartition> known = this.queue.partitions();
		long sum = known.stream().mapToLong(change).sum();
		return sum + this.queue.searched("")
			.stream()
			.filter((partition) -> !known.contains(partition))
			.mapToLong(change)
			.sum();
	}

	/**
	 * The dead letters of one partition, read as they are needed.
	 */
	private static final class Pages {

		private final RedisFailedTasks failed;

		private final int size;

		private final Deque<FailedTask> read = new ArrayDeque<>();

		private int offset;

		Pages(RedisFailedTasks failed, int size) {
			this.failed = failed;
			this.size = size;
		}

		boolean hasNext() {
			if (this.read.isEmpty()) {
				this.read.addAll(this.failed.list(this.offset, this.size));
				this.offset += this.read.size();
			}
			return !this.read.isEmpty();
		}

		FailedTask first() {
			return this.read.getFirst();
		}

		FailedTask next() {
			return this.read.removeFirst();
		}

	}

}
