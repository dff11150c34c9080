package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;

import io.arque.ArqueException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;

import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * {@code FuzzedQueue} is a queue with a task in each state, of which one value in Redis
 * is damaged, and neighbours that must not suffer from it.
 */
final class FuzzedQueue {

	private static final List<String> NEIGHBOURS = List.of("neighbour-0", "neighbour-1", "neighbour-2", "neighbour-3");

	/**
	 * Whoever writes to these tells the queue what to do; 'v' makes it a newer queue's.
	 */
	private static final List<String> FIELDS = List.of("limit", "applied", "paused", "alarm", "turn", "dropped",
			"failed.bytes", "seq");

	private static final RedisScript<byte[]> RESTORE = RedisScript.of("""
			redis.call('DEL', unpack(KEYS))
			for i, dump in ipairs(ARGV) do
			  redis.call('RESTORE', KEYS[i], 0, dump)
			end
			return 'OK'
			""", byte[].class);

	private final QueueFixture fixture;

	private final RedisTemplate<String, byte[]> redis;

	private final Map<String, String> references = new HashMap<>();

	private final Map<String, byte[]> whole;

	private final StringBuilder story = new StringBuilder();

	private SplittableRandom random = new SplittableRandom();

	private Damage damage = new Damage(this.random);

	/** Whether the consumer's lane is damaged while it works. */
	private boolean laneToo;

	/**
	 * Fills a queue.
	 */
	FuzzedQueue(QueueFixture fixture) {
		this.fixture = fixture;
		this.redis = fixture.redis();
		fill();
		this.redis.<String, byte[]>opsForHash()
			.entries(fixture.key("ids"))
			.forEach((id, reference) -> this.references.put(id, new String(reference, StandardCharsets.UTF_8)));
		this.whole = contents();
	}

	private Map<String, byte[]> contents() {
		Map<String, byte[]> dumps = new HashMap<>();
		for (String kind : QueueFixture.kinds()) {
			byte[] dump = this.redis.dump(this.fixture.key(kind));
			if (dump != null) {
				dumps.put(kind, dump);
			}
		}
		return dumps;
	}

	/**
	 * Makes the queue what it was, damages a value and works on what is there.
	 * @throws AssertionError if a neighbour is not delivered, or a call fails
	 */
	void round(SplittableRandom seeded) {
		damageAnew(seeded);
		try {
			look();
			assertDelivered(work());
			this.fixture.queue().stats();
		}
		catch (RuntimeException ex) {
			throw new AssertionError(this.story.toString(), ex);
		}
	}

	/**
	 * Makes the queue what it was and damages a value.
	 */
	void damageAnew(SplittableRandom seeded) {
		this.random = seeded;
		this.damage = new Damage(seeded);
		this.laneToo = false;
		this.story.setLength(0);
		restore(this.fixture, this.whole);
		damage();
	}

	/**
	 * Fills another queue with what is in this one.
	 */
	void copyTo(QueueFixture queue) {
		restore(queue, contents());
	}

	/**
	 * Whether all neighbours were delivered and released: that they are gone could also
	 * be a loss.
	 * @param queue where they were copied to
	 * @param delivered the payloads of what was delivered
	 */
	boolean neighboursAreDone(QueueFixture queue, Set<String> delivered) {
		List<Object> references = NEIGHBOURS.stream().<Object>map(this::reference).toList();
		return delivered.containsAll(NEIGHBOURS)
				&& this.redis.opsForHash().multiGet(queue.key("tasks"), references).stream().allMatch(Objects::isNull);
	}

	/**
	 * Tells what was damaged.
	 */
	String story() {
		return this.story.toString();
	}

	private void fill() {
		RedisQueue queue = this.fixture.queue();
		enqueue("failed", EnqueueOptions.none().withMaxAttempts(3));
		queue.reject(one(), "why");
		enqueue("expired", EnqueueOptions.none());
		String expired = one().lease().reference();
		this.redis.opsForZSet().add(this.fixture.key("working"), bytes(expired), 1);
		enqueue("requeued", EnqueueOptions.none().withTaskTimeout(Duration.ofSeconds(3)));
		queue.requeue(one(), Duration.ZERO);
		enqueue("late", EnqueueOptions.none().withDelay(Duration.ofHours(1)));
		this.redis.opsForZSet()
			.range(this.fixture.key("delayed"), 0, 0)
			.forEach((reference) -> this.redis.opsForZSet().add(this.fixture.key("delayed"), reference, 2));
		enqueue("pending", EnqueueOptions.none().withHeader("name", "value"));
		NEIGHBOURS.forEach((id) -> enqueue(id, EnqueueOptions.none()));
	}

	/** At once, so that who works on the queue meanwhile never sees half of it. */
	private void restore(QueueFixture queue, Map<String, byte[]> contents) {
		List<String> kinds = new ArrayList<>(contents.keySet());
		Object[] dumps = kinds.stream().map(contents::get).toArray();
		QueueFixture.kinds().stream().filter((kind) -> !contents.containsKey(kind)).forEach(kinds::add);
		this.redis.execute(RESTORE, RedisSerializer.byteArray(), RedisSerializer.byteArray(),
				kinds.stream().map(queue::key).toList(), dumps);
	}

	private void enqueue(String id, EnqueueOptions options) {
		this.fixture.template().enqueue(this.fixture.name(), id, options.withId(id));
	}

	/** The next one, though the expired lease is to stay. */
	private LeasedTask one() {
		return this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
	}

	private void damage() {
		switch (this.random.nextInt(13)) {
			case 0, 1, 2 -> field("tasks");
			case 3, 4 -> field("state");
			case 5 -> field("errors");
			case 6 -> field("ids");
			case 7 -> entry();
			case 8 -> member("delayed");
			case 9 -> member(this.random.nextBoolean() ? "working" : "failed");
			case 10 -> waiter();
			case 11 -> this.laneToo = true;
			default -> setting();
		}
	}

	private void field(String kind) {
		String victim = victim();
		String field = kind.equals("ids") ? victim : reference(victim);
		byte[] value = this.redis.<String, byte[]>opsForHash().get(this.fixture.key(kind), field);
		if (value == null) {
			return;
		}
		byte[] damaged = this.damage.of(value);
		if (kind.equals("tasks") && this.random.nextInt(20) == 0) {
			told(kind, "removed", victim);
			this.redis.opsForHash().delete(this.fixture.key(kind), field);
			return;
		}
		told(kind, QueueDump.printable(damaged), victim);
		this.redis.opsForHash().put(this.fixture.key(kind), field, damaged);
	}

	private void entry() {
		String victim = this.damage.any(List.of("requeued", "pending"));
		List<byte[]> pending = this.redis.opsForList().range(this.fixture.key("pending"), 0, -1);
		for (int i = 0; i < pending.size(); i++) {
			if (new String(pending.get(i), 0, 16, StandardCharsets.UTF_8).equals(reference(victim))) {
				byte[] damaged = this.damage.of(pending.get(i));
				told("pending", QueueDump.printable(damaged), victim);
				this.redis.opsForList().set(this.fixture.key("pending"), i, damaged);
			}
		}
	}

	private void member(String kind) {
		double score = this.damage
			.any(List.of(-1.0, 0.0, 1.5, 1e300, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
		byte[] member = this.random.nextBoolean() ? this.damage.of(bytes(reference("late")))
				: bytes(reference(victim()));
		if (NEIGHBOURS.stream().noneMatch((id) -> reference(id).equals(new String(member, StandardCharsets.UTF_8)))) {
			told(kind, QueueDump.printable(member) + " at " + score, "");
			this.redis.opsForZSet().add(this.fixture.key(kind), member, score);
		}
	}

	private void waiter() {
		byte[] waiter = this.damage.of(bytes("0123456789abcdef40"));
		told("waiters", QueueDump.printable(waiter), "");
		this.redis.opsForZSet().add(this.fixture.key("waiters"), waiter, this.damage.any(List.of(1.0, 4e12, 1e300)));
	}

	private void setting() {
		String field = this.damage.any(FIELDS);
		byte[] value = this.damage.ofText("4000000000000 abc");
		if (field.equals("paused") && new String(value, StandardCharsets.UTF_8).equals("1")) {
			return;
		}
		told("config " + field, QueueDump.printable(value), "");
		this.redis.opsForHash().put(this.fixture.key("config"), field, value);
	}

	/** What only looks; a record of a newer format is named by an exception. */
	private void look() {
		RedisQueue queue = this.fixture.queue();
		queue.stats();
		queue.failed().list(0, 9);
		for (TaskState place : List.of(TaskState.PENDING, TaskState.DELAYED, TaskState.WORKING)) {
			queue.probe().peek(place, 20);
		}
		try {
			queue.task(victim());
			queue.failed().get("failed");
		}
		catch (ArqueException ex) {
			told("named", ex.getMessage(), "");
		}
	}

	/** As a loop does, until nothing comes any more. */
	private Set<String> work() {
		Set<String> delivered = new HashSet<>();
		Lane lane = this.fixture.client().instance().newLane();
		QueueConsumer consumer = new QueueConsumer(this.fixture.access(this.fixture.client()), lane);
		List<Settlement> settlements = new ArrayList<>();
		this.fixture.queue().sweep();
		for (int i = 0; i < 12; i++) {
			Fetched fetched = consumer.dequeue(new Fetch(3, Join.WHEN_SHORT, true, true, settlements));
			settlements.clear();
			settlements.addAll(fetched.damaged());
			for (LeasedTask task : fetched.tasks()) {
				delivered.add(task.payload().text());
				settlements.add(Settlement.release(task));
			}
			if (settlements.isEmpty() && !fetched.more() && i > 2) {
				break;
			}
			if (this.laneToo) {
				damageLane(lane);
			}
		}
		return delivered;
	}

	/**
	 * A number that is too high is refused, as {@link HostileDataTests} shows.
	 */
	private void damageLane(Lane lane) {
		byte[] damaged = this.damage.of(this.redis.opsForValue().get(this.fixture.key("lane:" + lane.name())));
		if (!new String(damaged, StandardCharsets.UTF_8).matches("(?s)\\d+ .*")) {
			told("lane", QueueDump.printable(damaged), "");
			this.redis.opsForValue().set(this.fixture.key("lane:" + lane.name()), damaged);
		}
	}

	private void assertDelivered(Set<String> delivered) {
		if (!delivered.containsAll(NEIGHBOURS)) {
			throw new AssertionError(this.story + "delivered only " + delivered);
		}
	}

	private String victim() {
		return this.damage.any(List.of("failed", "expired", "requeued", "late", "pending"));
	}

	private String reference(String id) {
		return this.references.get(id);
	}

	private void told(String what, String value, String victim) {
		this.story.append(what).append(' ').append(victim).append(": ").append(value).append('\n');
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
