package io.arque.samples.benchmark.growth;

import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

import io.arque.samples.benchmark.floor.ScriptQueue;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code TaskMemory} is how much memory Redis needs for a task, with everything that
 * belongs to it, in each of its states.
 */
final class TaskMemory {

	private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

	private final RedisServer server;

	private final String prefix;

	TaskMemory(RedisServer server, String prefix) {
		this.server = server;
		this.prefix = prefix;
	}

	List<Sample> measure(String name, int tasks) throws Exception {
		IntFunction<byte[]> payloads = (task) -> Order.of(task, Order.SMALL_BYTES).toBytes();
		try (ScriptQueue queue = new ScriptQueue(this.server, this.prefix, "memory", 2)) {
			long before = used();
			queue.enqueue(tasks, payloads);
			long pending = used() - before;
			queue.lease(tasks);
			long working = used() - before;
			queue.clear();
			before = used();
			queue.enqueueDelayed(tasks, payloads, System.currentTimeMillis() + DAY_MILLIS);
			long delayed = used() - before;
			queue.clear();
			return List.of(sample(name + ".pending", pending, tasks), sample(name + ".delayed", delayed, tasks),
					sample(name + ".working", working, tasks));
		}
	}

	private long used() {
		return this.server.info("memory").number("used_memory");
	}

	private static Sample sample(String name, long bytes, int tasks) {
		return new Sample(name, (double) bytes / tasks, "bytes");
	}

}
