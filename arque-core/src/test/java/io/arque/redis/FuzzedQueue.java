package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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

import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * {@code FuzzedQueue} is a queue with a task in each state, of which one value in Redis
 * is damaged, and neighbours that must not suffer from it.
 */
final class FuzzedQueue {

	static final List<String> NEIGHBOURS = List.of("neighbour-0", "neighbour-1", "neighbour-2", "neighbour-3");

	private static final RedisScript<byte[]> RESTORE = RedisScript.of("""
			redis.call('DEL', unpack(KEYS))
			for i, dump in ipairs(ARGV) do
			  if dump ~= '' then
			    redis.call('RESTORE', KEYS[i], 0, dump)
			  end
			end
			return 'OK'
			""", byte[].class);

	private final QueueFixture fixture;

	private final RedisTemplate<String, byte[]> redis;

	private final Map<String, String> references = new HashMap<>();

	private final Object[] whole;

	private QueueDamage damage;

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
		this.damage = new QueueDamage(fixture, this.references, new SplittableRandom());
	}

	/**
	 * Makes the queue what it was, damages a value and works on what is there.
	 * @throws AssertionError if nothing was damaged, a neighbour is not delivered, or a
	 * call fails
	 */
	void round(SplittableRandom seeded) {
		begin(seeded);
		boolean lane = seeded.nextInt(13) == 0;
		if (!lane) {
			damage();
		}
		try {
			look();
			assertDelivered(work(lane));
			this.fixture.queue().stats();
		}
		catch (RuntimeException ex) {
			throw new AssertionError(story(), ex);
		}
		if (lane && !this.damage.isOfLane()) {
			throw new AssertionError("no lane was damaged");
		}
	}

	/**
	 * Makes the queue what it was and damages a value; no lane, since it has none yet.
	 * @throws AssertionError if nothing was damaged
	 */
	void damageAnew(SplittableRandom seeded) {
		begin(seeded);
		damage();
	}

	private void begin(SplittableRandom seeded) {
		this.damage = new QueueDamage(this.fixture, this.references, seeded);
		restore(this.fixture, this.whole);
	}

	private void damage() {
		Object[] before = contents();
		this.damage.anyValue();
		if (Arrays.deepEquals(before, contents())) {
			throw new AssertionError(story() + "nothing was damaged");
		}
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
		List<Object> references = NEIGHBOURS.stream().<Object>map(this.references::get).toList();
		return delivered.containsAll(NEIGHBOURS)
				&& this.redis.opsForHash().multiGet(queue.key("tasks"), references).stream().allMatch(Objects::isNull);
	}

	/**
	 * Tells what was damaged.
	 */
	String story() {
		return this.damage.story();
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

	/** The dump of each kind of key, empty where there is none. */
	private Object[] contents() {
		return this.redis.executePipelined((RedisCallback<Object>) (connection) -> {
			keys(this.fixture).forEach((key) -> connection.keyCommands().dump(bytes(key)));
			return null;
		}, RedisSerializer.byteArray()).stream().map((dump) -> (dump != null) ? dump : new byte[0]).toArray();
	}

	/** At once, so that who works on the queue meanwhile never sees half of it. */
	private void restore(QueueFixture queue, Object[] contents) {
		this.redis.execute(RESTORE, RedisSerializer.byteArray(), RedisSerializer.byteArray(), keys(queue), contents);
	}

	private static List<String> keys(QueueFixture queue) {
		return QueueFixture.kinds().stream().map(queue::key).toList();
	}

	private void enqueue(String id, EnqueueOptions options) {
		this.fixture.template().enqueue(this.fixture.name(), id, options.withId(id));
	}

	/** The next one, though the expired lease is to stay. */
	private LeasedTask one() {
		return this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
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
			queue.task(this.damage.victim());
			queue.failed().get("failed");
		}
		catch (ArqueException ex) {
			this.damage.told("named", ex.getMessage(), "");
		}
	}

	/** As a loop does, until nothing comes any more. */
	private Set<String> work(boolean damageLane) {
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
			if (damageLane) {
				this.damage.lane(lane);
			}
		}
		return delivered;
	}

	private void assertDelivered(Set<String> delivered) {
		if (!delivered.containsAll(NEIGHBOURS)) {
			throw new AssertionError(story() + "delivered only " + delivered);
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
