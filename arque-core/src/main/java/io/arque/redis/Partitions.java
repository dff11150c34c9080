package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.LeasedTask;

/**
 * {@code Partitions} are the partitions of one queue as far as this application knows
 * them: those that it writes to, the plain queue, and those that others write to or have
 * written to. None is ever forgotten. Safe for use by many threads.
 */
final class Partitions {

	private final RedisQueue queue;

	private final QueueAccess base;

	private final Map<String, QueuePartition> byTag = new ConcurrentHashMap<>();

	private final List<QueuePartition> written;

	private volatile List<QueuePartition> all;

	Partitions(RedisQueue queue, QueueAccess base) {
		this.queue = queue;
		this.base = base;
		this.written = PartitionTags.of(base.name(), base.settings().partitions()).stream().map(this::tagged).toList();
		this.all = this.written;
		learn(List.of(base.name()));
	}

	/**
	 * Returns the partitions that this application writes to.
	 * @return the partitions, in their order
	 */
	List<QueuePartition> written() {
		return this.written;
	}

	/**
	 * Returns all partitions that are known.
	 * @return those that are written first
	 */
	List<QueuePartition> all() {
		return this.all;
	}

	/**
	 * Returns the plain queue, where the ledger is.
	 * @return the partition whose tag is the queue's name
	 */
	QueuePartition plain() {
		return tagged(this.base.name());
	}

	/**
	 * Returns the partition that this application writes a task to.
	 * @param id the task's id
	 * @return the partition
	 */
	QueuePartition of(String id) {
		int count = this.written.size();
		return this.written.get((count == 1) ? 0 : PartitionTags.indexOf(id, count));
	}

	/**
	 * Returns where a task may be found: first where this application would write it, and
	 * then, since others may have another number of partitions, everywhere else.
	 * @param id the task's id
	 * @return all known partitions
	 */
	List<QueuePartition> searched(String id) {
		List<QueuePartition> searched = new ArrayList<>(this.all);
		QueuePartition first = of(id);
		searched.remove(first);
		searched.add(0, first);
		return searched;
	}

	/**
	 * Returns the partition that a lease is of.
	 * @param task the leased task
	 * @return its partition
	 */
	QueuePartition of(LeasedTask task) {
		this.base.checkOwn(task);
		String tag = task.lease().partition();
		if (!tag.equals(this.base.name()) && !tag.startsWith(this.base.name() + '#')) {
			throw new IllegalArgumentException("Task " + task.id() + " has a lease of '" + tag
					+ "', which is no partition of queue '" + this.base.name() + "'");
		}
		return tagged(tag);
	}

	synchronized void learn(List<String> tags) {
		List<QueuePartition> known = new ArrayList<>(this.all);
		for (String tag : tags) {
			QueuePartition partition = tagged(tag);
			if (!known.contains(partition)) {
				known.add(partition);
			}
		}
		if (known.size() > this.all.size()) {
			this.all = List.copyOf(known);
		}
	}

	QueuePartition tagged(String tag) {
		return this.byTag.computeIfAbsent(tag, (name) -> new QueuePartition(this.queue, access(name)));
	}

	private QueueAccess access(String tag) {
		if (tag.equals(this.base.name())) {
			return this.base;
		}
		QueueKeys keys = new QueueKeys(this.base.client().settings().keyPrefix(), tag);
		return new QueueAccess(this.base.name(), keys, this.base.settings(), this.base.client(), this.base.log());
	}

}
