package io.arque.samples.benchmark.growth;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.LeasedTask;
import io.arque.samples.benchmark.floor.ScriptQueue;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.server.RedisServer;
import io.lettuce.core.ZStoreArgs;
import io.lettuce.core.api.sync.RedisCommands;

/**
 * {@code LongestScript} is how long Redis is held up at the most while a queue is worked
 * on of which very many tasks have fallen due at once, by Redis's own slow log.
 */
final class LongestScript {

	private static final String QUEUE = "due";

	private static final int TURNS = 100;

	private static final int TASKS_PER_TURN = 200;

	private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

	private static final String THRESHOLD = "slowlog-log-slower-than";

	private static final String LENGTH = "slowlog-max-len";

	private final RedisServer server;

	private final String prefix;

	private final ArqueOperations operations;

	LongestScript(RedisServer server, String prefix, ArqueOperations operations) {
		this.server = server;
		this.prefix = prefix;
		this.operations = operations;
	}

	/**
	 * Lets tasks fall due and works on some.
	 * @param due how many fall due
	 * @return the longest run of a script, in ms
	 */
	double measure(int due) throws Exception {
		IntFunction<byte[]> payloads = (task) -> Order.of(task, Order.SMALL_BYTES).toBytes();
		try (ScriptQueue script = new ScriptQueue(this.server, this.prefix, QUEUE, 2)) {
			script.enqueueDelayed(due, payloads, System.currentTimeMillis() + DAY_MILLIS);
			letAllFallDue();
			return whileLogging(this::work);
		}
		finally {
			this.server.deleteQueue(this.prefix, QUEUE);
		}
	}

	/** All due times become 0. */
	private void letAllFallDue() {
		String delayed = this.prefix + ":{" + QUEUE + "}:delayed";
		this.server.commands().zunionstore(delayed, ZStoreArgs.Builder.weights(0), delayed);
	}

	private void work() {
		ArqueQueue queue = this.operations.queue(QUEUE);
		List<Order> orders = Order.list(TASKS_PER_TURN, Order.SMALL_BYTES);
		for (int turn = 0; turn < TURNS; turn++) {
			queue.sweep();
			this.operations.enqueueAll(QUEUE, orders);
			queue.release(queue.dequeue(TASKS_PER_TURN, Duration.ZERO).tasks().toArray(LeasedTask[]::new));
		}
	}

	private double whileLogging(Runnable work) {
		RedisCommands<String, String> redis = this.server.commands();
		String threshold = redis.configGet(THRESHOLD).getOrDefault(THRESHOLD, "10000");
		String length = redis.configGet(LENGTH).getOrDefault(LENGTH, "128");
		redis.configSet(Map.of(THRESHOLD, "0"));
		redis.configSet(Map.of(LENGTH, Integer.toString(100 * TURNS)));
		redis.slowlogReset();
		try {
			work.run();
			return redis.slowlogGet(100 * TURNS).stream().mapToLong(LongestScript::micros).max().orElse(0) / 1e3;
		}
		finally {
			redis.configSet(THRESHOLD, threshold);
			redis.configSet(LENGTH, length);
			redis.slowlogReset();
		}
	}

	/**
	 * An entry is its number, the time, how long the command took in µs, and the command.
	 */
	private static long micros(Object entry) {
		List<?> fields = (List<?>) entry;
		String command = ((List<?>) fields.get(3)).get(0).toString().toLowerCase(Locale.ROOT);
		return command.startsWith("eval") ? (Long) fields.get(2) : 0;
	}

}
