package io.arque.samples.benchmark.growth;

import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.LeasedTask;
import io.arque.samples.benchmark.floor.ScriptQueue;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code Backlog} is a queue that holds many tasks while a few are enqueued and worked
 * on: what one of those costs should not depend on how many there are.
 */
final class Backlog {

	private static final int TASKS_PER_TURN = 100;

	private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

	private final ArqueOperations operations;

	private final ArqueQueue queue;

	private Backlog(ArqueOperations operations, String name) {
		this.operations = operations;
		this.queue = operations.queue(name);
	}

	/**
	 * Fills a queue.
	 * @param pending how many tasks are pending
	 * @param delayed how many are delayed, by a day
	 */
	static Backlog fill(RedisServer server, String prefix, ArqueOperations operations, int pending, int delayed)
			throws Exception {
		String name = "backlog-" + pending;
		IntFunction<byte[]> payloads = (task) -> Order.of(task, Order.SMALL_BYTES).toBytes();
		try (ScriptQueue script = new ScriptQueue(server, prefix, name, 2)) {
			script.enqueue(pending, payloads);
			script.enqueueDelayed(delayed, payloads, System.currentTimeMillis() + DAY_MILLIS);
		}
		return new Backlog(operations, name);
	}

	/**
	 * Enqueues, leases and releases tasks, a hundred at a time.
	 * @param tasks how many in all
	 * @return how long each takes, in µs
	 */
	double cost(int tasks) throws Exception {
		List<Order> orders = Order.list(TASKS_PER_TURN, Order.SMALL_BYTES);
		return 1e6 / Work.perSecond(tasks, () -> {
			for (int done = 0; done < tasks; done += TASKS_PER_TURN) {
				this.operations.enqueueAll(this.queue.name(), orders);
				List<LeasedTask> leased = this.queue.dequeue(TASKS_PER_TURN, Duration.ZERO).tasks();
				if (leased.size() != TASKS_PER_TURN) {
					throw new IllegalStateException("Only " + leased.size() + " tasks were leased");
				}
				this.queue.release(leased.toArray(LeasedTask[]::new));
			}
			return null;
		});
	}

}
