package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.springframework.data.redis.connection.DataType;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Everything that Redis holds of one queue, but for times to live: {@code pending[0]},
 * {@code tasks/<ref>}, {@code working/<ref>} and so on, each with its value or score.
 * Bytes that are not printable are escaped.
 *
 * @param entries the entries by name
 */
record QueueDump(SortedMap<String, String> entries) {

	static QueueDump of(RedisConnectionFactory factory, String keyPrefix) {
		SortedMap<String, String> entries = new TreeMap<>();
		try (RedisConnection redis = factory.getConnection()) {
			for (byte[] key : redis.keyCommands().keys((keyPrefix + "*").getBytes(StandardCharsets.UTF_8))) {
				read(redis, key, printable(key).substring(keyPrefix.length()), entries);
			}
		}
		return new QueueDump(entries);
	}

	private static void read(RedisConnection redis, byte[] key, String name, Map<String, String> entries) {
		DataType type = redis.keyCommands().type(key);
		switch (type) {
			case STRING -> entries.put(name, printable(redis.stringCommands().get(key)));
			case LIST -> {
				List<byte[]> list = redis.listCommands().lRange(key, 0, -1);
				for (int i = 0; i < list.size(); i++) {
					entries.put(name + String.format("[%05d]", i), printable(list.get(i)));
				}
			}
			case HASH -> redis.hashCommands()
				.hGetAll(key)
				.forEach((field, value) -> entries.put(name + '/' + printable(field), printable(value)));
			case ZSET -> redis.zSetCommands()
				.zRangeWithScores(key, 0, -1)
				.forEach((tuple) -> entries.put(name + '/' + printable(tuple.getValue()),
						String.format("%.0f", tuple.getScore())));
			case NONE -> {
			}
			default -> throw new IllegalStateException(name + " is a " + type);
		}
	}

	/**
	 * Returns the dump with the entries of another one.
	 */
	QueueDump plus(QueueDump other) {
		SortedMap<String, String> all = new TreeMap<>(this.entries);
		all.putAll(other.entries);
		return new QueueDump(all);
	}

	/**
	 * Returns the dump without the entries whose name begins with one of these.
	 */
	QueueDump without(String... beginnings) {
		SortedMap<String, String> left = new TreeMap<>(this.entries);
		left.keySet().removeIf((name) -> Stream.of(beginnings).anyMatch(inQueue(name)::startsWith));
		return new QueueDump(left);
	}

	/**
	 * Returns the dump without what a refused or empty-handed call may write: its lane's
	 * memory, the waiters, and when the next look is due.
	 */
	QueueDump ofTasks() {
		return without("lane:", "waiters/", "config/alarm", "config/applied", "config/share", "config/seq", "ledger/");
	}

	/**
	 * Returns the name of an entry without the partition that it is in.
	 */
	private static String inQueue(String name) {
		return name.substring(name.indexOf("}:") + 1).replaceFirst("^:", "");
	}

	/**
	 * Returns the values of the entries whose name begins so, in the order of the names.
	 */
	List<String> values(String beginning) {
		return this.entries.entrySet()
			.stream()
			.filter((entry) -> inQueue(entry.getKey()).startsWith(beginning))
			.map(Map.Entry::getValue)
			.toList();
	}

	static String printable(byte[] bytes) {
		StringBuilder text = new StringBuilder();
		for (byte each : bytes) {
			if (each >= ' ' && each < 127) {
				text.append((char) each);
			}
			else {
				text.append(String.format("\\x%02x", each));
			}
		}
		return text.toString();
	}

}
