package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.arque.LeasedTask;
import io.arque.test.LogCapture;

import org.springframework.data.redis.core.HashOperations;

/**
 * {@code FuzzedPartitions} is a queue with partitions of which one value of its ledger,
 * or of what a partition knows of its share, is damaged.
 */
final class FuzzedPartitions {

	private static final int PARTITIONS = 3;

	private static final int LIMIT = 12;

	private static final int TASKS = 9;

	private final QueueFixture fixture;

	private final List<String> tags;

	private final HashOperations<String, String, byte[]> hashes;

	private final Map<String, byte[]> whole;

	private final QueueDump wholeDump;

	private final StringBuilder story = new StringBuilder();

	/**
	 * Spreads a queue.
	 */
	FuzzedPartitions(QueueFixture fixture) {
		this.fixture = fixture;
		this.tags = PartitionTags.of(fixture.name(), PARTITIONS);
		this.hashes = fixture.redis().opsForHash();
		work(fixture.newClient(settings()), List.of());
		this.whole = fixture.snapshot();
		this.wholeDump = fixture.dump();
	}

	/**
	 * Damages a value, and works on the queue as an instance does that has just started.
	 * @throws AssertionError if nothing was damaged, a task is not delivered, a call
	 * fails, or more may be leased than the working limit
	 */
	void round(SplittableRandom random) {
		this.story.setLength(0);
		this.fixture.restore(this.whole);
		try (LogCapture ledger = new LogCapture(Ledger.class.getName());
				LogCapture shares = new LogCapture(Shares.class.getName())) {
			damage(random, new Damage(random));
			assertDamaged();
			ArqueClient client = this.fixture.newClient(settings());
			List<String> payloads = IntStream.range(0, TASKS).mapToObj((i) -> "task-" + i).toList();
			new ArqueTemplate(client).enqueueAll(this.fixture.name(), payloads);
			work(client, payloads);
			assertQuiet(ledger);
			assertQuiet(shares);
		}
		catch (RuntimeException ex) {
			throw new AssertionError(this.story.toString(), ex);
		}
		long shares = this.tags.stream().mapToLong(this::share).sum() + share(this.fixture.name());
		if (shares > LIMIT && !memberWasDamaged()) {
			throw new AssertionError(this.story + "shares come to " + shares);
		}
	}

	private void assertDamaged() {
		if (this.fixture.dump().equals(this.wholeDump)) {
			throw new AssertionError(this.story + "nothing was damaged");
		}
	}

	/** A call to the ledger that fails is only told there: it is made again later. */
	private void assertQuiet(LogCapture log) {
		List<String> failures = log.messages(Level.DEBUG);
		if (!failures.isEmpty()) {
			throw new AssertionError(this.story + "failed: " + failures);
		}
	}

	/** Its word is its limit, if it could be one. */
	private boolean memberWasDamaged() {
		return this.story.indexOf("ledger m:") >= 0;
	}

	private void damage(SplittableRandom random, Damage damage) {
		String ledger = this.fixture.key("ledger");
		List<String> fields = new ArrayList<>(this.hashes.keys(ledger));
		fields.remove("v"); // it makes the ledger a newer version's
		String tag = damage.any(this.tags);
		String field = damage.any(fields);
		switch (random.nextInt(8)) {
			case 0 -> value(config(tag), "share", "4", damage);
			case 1 -> value(config(tag), "seq", "40", damage);
			case 2 -> value(config(this.fixture.name()), "share", "4", damage);
			case 3 -> {
				this.story.append("ledger without ").append(field);
				this.hashes.delete(ledger, field);
			}
			case 4 -> put(ledger, name(field, damage), this.hashes.get(ledger, field));
			default -> value(ledger, field, "", damage);
		}
	}

	/** Damages the value that is there, or else adds what such a value is not. */
	private void value(String key, String field, String like, Damage damage) {
		byte[] value = this.hashes.get(key, field);
		put(key, field, damage.ofText((value != null) ? new String(value, StandardCharsets.UTF_8) : like));
	}

	private String name(String field, Damage damage) {
		String name = new String(damage.of(field.getBytes(StandardCharsets.UTF_8)), StandardCharsets.US_ASCII);
		return name.equals("v") ? name(field, damage) : name;
	}

	private void put(String key, String field, byte[] value) {
		this.story.append(key).append(' ').append(field).append(": ").append(QueueDump.printable(value)).append('\n');
		this.hashes.put(key, field, value);
	}

	/** As a loop does, and beside it what looks at queues without being told. */
	private void work(ArqueClient client, List<String> payloads) {
		RedisQueue queue = client.queue(this.fixture.name());
		List<String> missing = new ArrayList<>(payloads);
		for (int i = 0; i < 10; i++) {
			for (QueuePartition partition : queue.partitions()) {
				queue.tend(partition.tag(), Duration.ofSeconds(2));
			}
			List<LeasedTask> tasks = queue.dequeue(TASKS, Duration.ZERO).tasks();
			tasks.forEach((task) -> missing.remove(task.payload().text()));
			if (!tasks.isEmpty()) {
				queue.release(tasks.toArray(LeasedTask[]::new));
			}
			if (missing.isEmpty()) {
				return;
			}
		}
		throw new AssertionError(this.story + "not delivered: " + missing);
	}

	private long share(String tag) {
		byte[] share = this.hashes.get(config(tag), "share");
		String digits = (share != null)
				? new String(share, StandardCharsets.UTF_8).replaceAll("(?s)^(\\d{0,9}).*$", "$1") : "";
		return digits.isEmpty() ? 0 : Long.parseLong(digits);
	}

	private static String config(String tag) {
		return QueueFixture.KEY_PREFIX + ":{" + tag + "}:config";
	}

	private static TestSettings settings() {
		return TestSettings.settings().workingLimit(LIMIT).partitions(PARTITIONS);
	}

}
