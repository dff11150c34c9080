package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.arque.Checks;

/**
 * {@code QueueKeys} names every key of one queue. All share the hash tag
 * <code>{queue}</code>, so that they lie in one slot of a Cluster. The order is that of
 * {@code include/call.lua}; what each key holds is told in {@code docs/redis-layout.md}.
 */
final class QueueKeys {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

	private static final List<String> KINDS = List.of("config", "pending", "delayed", "working", "tasks", "state",
			"ids", "failed", "errors", "waiters");

	private final String tag;

	private final List<byte[]> fixed;

	QueueKeys(String prefix, String queue) {
		if (!NAME.matcher(Checks.notNull(queue, "The queue's name")).matches()) {
			throw new IllegalArgumentException("Queue name '" + queue + "' does not match " + NAME
					+ ": letters, digits, '.', '_' and '-', 1 to 128");
		}
		this.tag = prefix + ":{" + queue + "}:";
		this.fixed = KINDS.stream().map((kind) -> bytes(this.tag + kind)).toList();
	}

	/**
	 * Returns the keys for a call of this lane.
	 * @param lane the lane's name
	 * @return eleven keys
	 */
	List<byte[]> with(String lane) {
		List<byte[]> keys = new ArrayList<>(this.fixed.size() + 1);
		keys.addAll(this.fixed);
		keys.add(bytes(this.tag + "lane:" + lane));
		return keys;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
