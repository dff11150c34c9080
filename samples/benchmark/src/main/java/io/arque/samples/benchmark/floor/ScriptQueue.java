package io.arque.samples.benchmark.floor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.samples.benchmark.floor.ScriptLane.Digests;
import io.arque.samples.benchmark.floor.ScriptLane.Leases;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.RedisServer;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;

/**
 * {@code ScriptQueue} drives a queue by Arque's scripts alone: what it reaches is the
 * most that Arque can reach. Calls are made in batches as large as the scripts allow.
 */
public final class ScriptQueue implements AutoCloseable {

	private static final int TASKS_PER_ENQUEUE = 500;

	private static final int BYTES_PER_ENQUEUE = 1024 * 1024;

	private static final int TASKS_PER_DEQUEUE = 200;

	private static final int WORKING_LIMIT = 1000;

	private static final byte[] AT_ONCE = {};

	private final RedisServer server;

	private final StatefulRedisConnection<byte[], byte[]> connection;

	private final Digests digests;

	private final String prefix;

	private final String queue;

	private final int callsUnderWay;

	/** Begins references and lanes, as the nonce of an application does. */
	private final String nonce = UUID.randomUUID().toString().substring(0, 8);

	private final AtomicInteger references = new AtomicInteger();

	private final AtomicInteger lanes = new AtomicInteger();

	/**
	 * Connects.
	 * @param server the server
	 * @param prefix what all keys begin with
	 * @param queue the queue's name
	 * @param callsUnderWay how many calls are under way at once: with one, Redis waits
	 * for its caller after each
	 */
	public ScriptQueue(RedisServer server, String prefix, String queue, int callsUnderWay) {
		this.server = server;
		this.connection = server.client().connect(ByteArrayCodec.INSTANCE);
		this.prefix = prefix;
		this.queue = queue;
		this.callsUnderWay = callsUnderWay;
		this.digests = new Digests(load("enqueue"), load("dequeue"));
	}

	private String load(String script) {
		return this.connection.sync().scriptLoad(ScriptLane.bytes(ScriptText.of(script)));
	}

	/**
	 * Enqueues tasks that are due at once.
	 * @param tasks how many
	 * @param payloads the payload of each; as in life, no two should be the same: Lua
	 * keeps equal strings once
	 * @throws Exception if Redis refused
	 */
	public void enqueue(int tasks, IntFunction<byte[]> payloads) throws Exception {
		enqueue(tasks, payloads, AT_ONCE);
	}

	/**
	 * Enqueues delayed tasks.
	 * @param tasks how many
	 * @param payloads the payload of each
	 * @param dueAtMillis when they are due, in ms since the epoch
	 * @throws Exception if Redis refused
	 */
	public void enqueueDelayed(int tasks, IntFunction<byte[]> payloads, long dueAtMillis) throws Exception {
		enqueue(tasks, payloads, ScriptLane.bytes(Long.toString(dueAtMillis)));
	}

	private void enqueue(int tasks, IntFunction<byte[]> payloads, byte[] due) throws Exception {
		int atOnce = Math.min(TASKS_PER_ENQUEUE, BYTES_PER_ENQUEUE / body(0, payloads.apply(0)).length);
		List<ScriptLane> lanes = lanes(this.callsUnderWay);
		Deque<RedisFuture<byte[]>> underWay = new ArrayDeque<>();
		int call = 0;
		for (int left = tasks; left > 0; left -= atOnce) {
			if (underWay.size() == this.callsUnderWay) {
				underWay.remove().get();
			}
			ScriptLane lane = lanes.get(call++ % this.callsUnderWay);
			int from = tasks - left;
			List<byte[]> bodies = IntStream.range(from, from + Math.min(left, atOnce))
				.mapToObj((task) -> body(task, payloads.apply(task)))
				.toList();
			underWay.add(lane.enqueue(references(bodies.size()), bodies, due));
		}
		for (RedisFuture<byte[]> last : underWay) {
			last.get();
		}
	}

	/**
	 * Enqueues tasks, each with a call of its own.
	 * @param callers how many threads call
	 * @param tasks how many tasks
	 * @param payload the payload of each
	 * @return tasks per second
	 * @throws Exception if Redis refused
	 */
	public double enqueueOneByOne(int callers, int tasks, byte[] payload) throws Exception {
		List<ScriptLane> ofCallers = lanes(callers);
		return Work.byCallers(callers, tasks, (caller) -> {
			byte[] body = body(this.references.get(), payload);
			answer(ofCallers.get(caller).enqueue(references(1), List.of(body), AT_ONCE));
		});
	}

	/**
	 * Leases all tasks and releases them, the releases of one call with the leases of the
	 * next.
	 * @param tasks how many there are
	 * @throws Exception if Redis refused, or held fewer
	 */
	public void drain(int tasks) throws Exception {
		Deque<Dequeue> underWay = new ArrayDeque<>();
		lanes(this.callsUnderWay).forEach((lane) -> underWay.add(Dequeue.send(lane, Leases.NOTHING)));
		int released = 0;
		while (!underWay.isEmpty()) {
			Dequeue first = underWay.remove();
			Leases leases = first.lane.read(first.reply.get());
			if (!leases.references().isEmpty()) {
				released += leases.references().size();
				underWay.add(Dequeue.send(first.lane, leases));
			}
		}
		if (released != tasks) {
			throw new IllegalStateException(released + " tasks were released, not " + tasks);
		}
	}

	/**
	 * Leases tasks and keeps them.
	 * @param tasks how many
	 * @throws Exception if Redis refused
	 */
	public void lease(int tasks) throws Exception {
		ScriptLane lane = lanes(1).get(0);
		for (int left = tasks; left > 0; left -= TASKS_PER_DEQUEUE) {
			lane.dequeue(Math.min(left, TASKS_PER_DEQUEUE), Integer.MAX_VALUE, Leases.NOTHING).get();
		}
	}

	/**
	 * Removes all that the queue holds.
	 */
	public void clear() {
		this.server.deleteQueue(this.prefix, this.queue);
	}

	private List<ScriptLane> lanes(int count) {
		return Stream.generate(() -> this.nonce + eightDigits(this.lanes.incrementAndGet()))
			.limit(count)
			.map((name) -> new ScriptLane(this.connection.async(), this.digests, this.prefix, this.queue, name))
			.toList();
	}

	private List<byte[]> references(int count) {
		List<byte[]> made = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			made.add(ScriptLane.bytes(this.nonce + eightDigits(this.references.incrementAndGet())));
		}
		return made;
	}

	private static String eightDigits(int number) {
		return Integer.toString(100_000_000 + number).substring(1);
	}

	/**
	 * A body record of a task without options: no flags, the payload, a byte of spread.
	 */
	private static byte[] body(int task, byte[] payload) {
		byte[] body = new byte[2 + payload.length];
		System.arraycopy(payload, 0, body, 1, payload.length);
		body[body.length - 1] = (byte) task;
		return body;
	}

	private static void answer(RedisFuture<?> call) {
		try {
			call.get();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException("Redis refused", ex.getCause());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted while Redis worked", ex);
		}
	}

	@Override
	public void close() {
		this.connection.close();
	}

	private record Dequeue(ScriptLane lane, RedisFuture<List<Object>> reply) {

		static Dequeue send(ScriptLane lane, Leases done) {
			return new Dequeue(lane, lane.dequeue(TASKS_PER_DEQUEUE, WORKING_LIMIT, done));
		}

	}

}
