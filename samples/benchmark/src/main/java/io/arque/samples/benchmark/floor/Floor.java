package io.arque.samples.benchmark.floor;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import io.arque.samples.benchmark.measure.Latency;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.RedisServer;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;

/**
 * {@code Floor} measures what Arque stands on: its scripts, and Redis's own ways.
 */
public final class Floor implements AutoCloseable {

	private static final String EMPTY_SCRIPT = "return 1";

	private static final int ROUND_TRIPS = 2000;

	private final RedisServer server;

	private final String prefix;

	/** Two calls are under way: Redis never waits for its caller. */
	private final ScriptQueue queue;

	private final ScriptQueue inTurn;

	/**
	 * Connects.
	 * @param server the server
	 * @param prefix what all keys begin with
	 */
	public Floor(RedisServer server, String prefix) {
		this.server = server;
		this.prefix = prefix;
		this.queue = new ScriptQueue(server, prefix, "floor", 2);
		this.inTurn = new ScriptQueue(server, prefix, "floor-in-turn", 1);
	}

	/**
	 * Calls a script that does nothing, again and again.
	 * @return how long one call takes, in ms
	 * @throws Exception if Redis refused
	 */
	public double roundTrip() throws Exception {
		String script = this.server.commands().scriptLoad(EMPTY_SCRIPT);
		return 1000 / Work.perSecond(ROUND_TRIPS, () -> {
			for (int i = 0; i < ROUND_TRIPS; i++) {
				this.server.commands().evalsha(script, ScriptOutputType.INTEGER);
			}
			return null;
		});
	}

	/**
	 * Publishes; the subscriber calls a script; until that has answered.
	 * @param name what the figures' names begin with
	 * @param duration how long to publish
	 * @return the percentiles
	 * @throws InterruptedException if interrupted
	 */
	public List<Sample> wakeUp(String name, Duration duration) throws InterruptedException {
		String script = this.server.commands().scriptLoad(EMPTY_SCRIPT);
		String channel = this.prefix + ":floor";
		Latency latency = new Latency(duration);
		try (StatefulRedisPubSubConnection<String, String> subscription = this.server.client().connectPubSub();
				StatefulRedisConnection<String, String> caller = this.server.client().connect()) {
			subscription.addListener(new RedisPubSubAdapter<>() {

				@Override
				public void message(String channel, String task) {
					caller.async()
						.evalsha(script, ScriptOutputType.INTEGER)
						.thenRun(() -> latency.arrived(Integer.parseInt(task)));
				}

			});
			subscription.sync().subscribe(channel);
			latency.run((task) -> this.server.commands().publish(channel, Integer.toString(task)));
		}
		return latency.percentiles(name);
	}

	/**
	 * Enqueues tasks, each with a call of its own.
	 * @param callers how many threads call
	 * @param tasks how many tasks
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double enqueue(int callers, int tasks) throws Exception {
		double result = this.queue.enqueueOneByOne(callers, tasks, payload(0, Order.SMALL_BYTES));
		this.queue.clear();
		return result;
	}

	/**
	 * Enqueues tasks, as many as possible with a call, two calls under way.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double enqueueAll(int tasks, int bytes) throws Exception {
		return enqueueAll(this.queue, tasks, bytes);
	}

	/**
	 * Enqueues tasks, as many as possible with a call, one call after the other.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double enqueueAllInTurn(int tasks, int bytes) throws Exception {
		return enqueueAll(this.inTurn, tasks, bytes);
	}

	private static double enqueueAll(ScriptQueue to, int tasks, int bytes) throws Exception {
		List<byte[]> payloads = payloads(tasks, bytes);
		double result = Work.perSecond(tasks, () -> {
			to.enqueue(tasks, payloads::get);
			return null;
		});
		to.clear();
		return result;
	}

	/**
	 * Leases and releases tasks, as many as possible with a call, two calls under way.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double drain(int tasks, int bytes) throws Exception {
		return drain(this.queue, tasks, bytes);
	}

	/**
	 * Leases and releases tasks, as many as possible with a call, one call after the
	 * other.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double drainInTurn(int tasks, int bytes) throws Exception {
		return drain(this.inTurn, tasks, bytes);
	}

	private static double drain(ScriptQueue from, int tasks, int bytes) throws Exception {
		from.enqueue(tasks, (task) -> payload(task, bytes));
		double result = Work.perSecond(tasks, () -> {
			from.drain(tasks);
			return null;
		});
		from.clear();
		return result;
	}

	/** Made before they are needed: to write JSON is no work of Redis's. */
	private static List<byte[]> payloads(int tasks, int bytes) {
		return IntStream.range(0, tasks).mapToObj((task) -> payload(task, bytes)).toList();
	}

	private static byte[] payload(int task, int bytes) {
		return Order.of(task, bytes).toBytes();
	}

	@Override
	public void close() {
		this.queue.close();
		this.inTurn.close();
	}

}
