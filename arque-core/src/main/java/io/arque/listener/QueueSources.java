package io.arque.listener;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

import io.arque.redis.ArqueClient;
import io.arque.redis.QueuePartition;
import io.arque.redis.RedisQueue;

/**
 * {@code QueueSources} are the partitions of all queues of one loop, also those that
 * become known while it runs. Changed by the loop only, read from any thread.
 */
final class QueueSources {

	private final ArqueClient client;

	private final ConsumerLoop loop;

	private final List<RedisQueue> queues;

	/** One for each partition of each queue; they become more, but never fewer. */
	private final List<QueueSource> sources = new CopyOnWriteArrayList<>();

	private final Map<RedisQueue, Suspects> suspects = new HashMap<>();

	private volatile Consumer<QueueSource> opened = (source) -> {
	};

	QueueSources(ArqueClient client, List<String> queues, ConsumerLoop loop) {
		this.client = client;
		this.loop = loop;
		this.queues = queues.stream().map(client::queue).toList();
		grow();
	}

	/**
	 * Returns them all.
	 * @return a list that grows
	 */
	List<QueueSource> all() {
		return this.sources;
	}

	/**
	 * Tells of partitions that become known while the loop runs.
	 * @param opened called by the loop's thread with the source of each
	 */
	void onOpened(Consumer<QueueSource> opened) {
		this.opened = opened;
	}

	/**
	 * Adds sources for partitions that have become known: the first of each queue, then
	 * the second of each, so that no queue's partitions have their turns in a row.
	 */
	void grow() {
		int known = 0;
		int most = 0;
		for (RedisQueue queue : this.queues) {
			known += queue.partitions().size();
			most = Math.max(most, queue.partitions().size());
		}
		if (known > this.sources.size()) {
			for (int i = 0; i < most; i++) {
				openAll(i);
			}
		}
	}

	private void openAll(int index) {
		for (RedisQueue queue : this.queues) {
			List<QueuePartition> partitions = queue.partitions();
			if (index < partitions.size()) {
				open(partitions.get(index));
			}
		}
	}

	private void open(QueuePartition partition) {
		if (this.sources.stream().noneMatch((source) -> source.partition() == partition)) {
			QueueSource source = new QueueSource(partition, this.client.metrics(), this.loop,
					this.suspects.computeIfAbsent(partition.queue(), (queue) -> new Suspects()));
			this.sources.add(source);
			try {
				this.opened.accept(source);
			}
			catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
				this.sources.remove(source); // opened again: nothing may be half known
				throw ex;
			}
		}
	}

}
