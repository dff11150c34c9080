package io.arque.samples.benchmark.floor;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;

/**
 * {@code ScriptLane} makes numbered calls of Arque's scripts, one at a time, with nothing
 * but Lettuce between it and Redis. What the arguments mean is told in the scripts'
 * headers.
 */
final class ScriptLane {

	private static final byte[] NONE = {};

	private static final byte[] ZERO = bytes("0");

	private final RedisScriptingAsyncCommands<byte[], byte[]> redis;

	private final Digests digests;

	private final byte[] name;

	private final byte[][] keys;

	private final List<byte[]> head;

	private long number;

	ScriptLane(RedisScriptingAsyncCommands<byte[], byte[]> redis, Digests digests, String prefix, String queue,
			String name) {
		this.redis = redis;
		this.digests = digests;
		this.name = bytes(name);
		this.keys = Stream
			.of("config", "pending", "delayed", "working", "tasks", "state", "ids", "failed", "errors", "waiters",
					"lane:" + name)
			.map((kind) -> bytes(prefix + ":{" + queue + "}:" + kind))
			.toArray(byte[][]::new);
		this.head = List.of(bytes(prefix + ":wake:"), bytes(queue));
	}

	RedisFuture<byte[]> enqueue(List<byte[]> references, List<byte[]> bodies, byte[] due) {
		List<byte[]> arguments = new ArrayList<>(3 + 2 * references.size());
		arguments.add(bytes(Long.toString(++this.number)));
		arguments.addAll(this.head);
		for (int i = 0; i < references.size(); i++) {
			arguments.add((due.length > 0) ? join(references.get(i), due) : references.get(i));
			arguments.add(bodies.get(i));
		}
		return this.redis.evalsha(this.digests.enqueue(), ScriptOutputType.VALUE, this.keys,
				arguments.toArray(byte[][]::new));
	}

	/**
	 * Releases what an earlier call of this lane has leased, and leases more.
	 */
	RedisFuture<List<Object>> dequeue(int permits, int workingLimit, Leases done) {
		String call = Long.toString(++this.number);
		byte[] token = bytes(new String(this.name, StandardCharsets.US_ASCII) + "." + call);
		List<byte[]> arguments = new ArrayList<>(21 + 2 * done.references().size());
		arguments.add(bytes(call));
		arguments.addAll(this.head);
		Stream.of("3", "5", "10000", "268435456", "7776000000").forEach((policy) -> arguments.add(bytes(policy)));
		arguments.add(this.name);
		arguments.add(token);
		arguments.add(bytes(Integer.toString(permits)));
		arguments.add(bytes("30000"));
		arguments.add(bytes(Integer.toString(workingLimit)));
		Stream.of("0", "0", "2", "1").forEach((option) -> arguments.add(bytes(option)));
		arguments.add(bytes(Integer.toString(done.references().size())));
		for (byte[] reference : done.references()) {
			arguments.add(reference);
			arguments.add(done.token());
		}
		arguments.add(ZERO);
		arguments.add(ZERO);
		arguments.add(ZERO);
		return this.redis.evalsha(this.digests.dequeue(), ScriptOutputType.MULTI, this.keys,
				arguments.toArray(byte[][]::new));
	}

	/**
	 * Reads what the last {@link #dequeue} has leased.
	 */
	Leases read(List<Object> reply) {
		List<?> leases = (List<?>) reply.get(12);
		List<byte[]> references = new ArrayList<>(leases.size() / 3);
		for (int i = 0; i < leases.size(); i += 3) {
			references.add((byte[]) leases.get(i));
		}
		return new Leases(references, bytes(new String(this.name, StandardCharsets.US_ASCII) + "." + this.number));
	}

	private static byte[] join(byte[] first, byte[] second) {
		byte[] both = Arrays.copyOf(first, first.length + second.length);
		System.arraycopy(second, 0, both, first.length, second.length);
		return both;
	}

	static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * The scripts, as Redis knows them.
	 *
	 * @param enqueue digest of {@code enqueue.lua}
	 * @param dequeue digest of {@code dequeue.lua}
	 */
	record Digests(String enqueue, String dequeue) {
	}

	/**
	 * What one call has leased.
	 *
	 * @param references of the tasks
	 * @param token of their leases
	 */
	record Leases(List<byte[]> references, byte[] token) {

		static final Leases NOTHING = new Leases(List.of(), NONE);

	}

}
