package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.arque.Checks;

/**
 * {@code QueueKeys} names every key of one partition of a queue. All share the hash tag
 * <code>{tag}</code>, so that they lie in one slot of a Cluster. The order is that of
 * {@code include/call.lua}; what each key holds is told in {@code docs/redis-layout.md}.
 */
final class QueueKeys {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

	private static final List<String> KINDS = List.of("config", "pending", "delayed", "working", "tasks", "state",
			"ids", "failed", "errors", "waiters");

	private final String tag;

	private final String prefix;

	private final List<byte[]> fixed;

	private final List<byte[]> last;

	/**
	 * Names the keys.
	 * @param prefix what they begin with
	 * @param tag the partition's tag: the queue's name where there is one partition
	 */
	QueueKeys(String prefix, String tag) {
		this(prefix, tag, List.of());
	}

	private QueueKeys(String prefix, String tag, List<byte[]> last) {
		this.tag = tag;
		this.prefix = prefix + ":{" + tag + "}:";
		this.fixed = KINDS.stream().map((kind) -> bytes(this.prefix + kind)).toList();
		this.last = last;
	}

	/**
	 * Refuses what cannot be a queue's name.
	 * @param queue the name
	 * @return the name
	 */
	static String checkName(String queue) {
		if (!NAME.matcher(Checks.notNull(queue, "The queue's name")).matches()) {
			throw new IllegalArgumentException("Queue name '" + queue + "' does not match " + NAME
					+ ": letters, digits, '.', '_' and '-', 1 to 128");
		}
		return queue;
	}

	String tag() {
		return this.tag;
	}

	/**
	 * Names the keys of a plain queue, and behind them that of its ledger.
	 * @param prefix what they begin with
	 * @param queue the queue's name
	 * @return the keys
	 */
	static QueueKeys withLedger(String prefix, String queue) {
		return new QueueKeys(prefix, queue, List.of(bytes(prefix + ":{" + queue + "}:ledger")));
	}

	/**
	 * Returns the keys for a call of this lane.
	 * @param lane the lane's name
	 * @return eleven keys, twelve with the ledger
	 */
	List<byte[]> with(String lane) {
		List<byte[]> keys = new ArrayList<>(this.fixed.size() + 2);
		keys.addAll(this.fixed);
		keys.add(bytes(this.prefix + "lane:" + lane));
		keys.addAll(this.last);
		return keys;
	}

	/**
	 * Returns the keys for a call of one lane that reads what is remembered of another.
	 * @param lane the lane's name
	 * @param other the other lane's name
	 * @return twelve keys
	 */
	List<byte[]> with(String lane, String other) {
		List<byte[]> keys = with(lane);
		keys.add(bytes(this.prefix + "lane:" + other));
		return keys;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
