package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

import org.springframework.data.redis.core.RedisTemplate;

/**
 * {@code QueueDamage} damages one value of a {@link FuzzedQueue}, and tells which. It
 * draws only among what is there, so that something is always damaged.
 */
final class QueueDamage {

	private static final List<String> VICTIMS = List.of("failed", "expired", "requeued", "late", "pending");

	/**
	 * Whoever writes to these tells the queue what to do; 'v' makes it a newer queue's.
	 */
	private static final List<String> FIELDS = List.of("limit", "applied", "paused", "alarm", "turn", "dropped",
			"failed.bytes", "seq");

	private final QueueFixture fixture;

	private final RedisTemplate<String, byte[]> redis;

	private final Map<String, String> references;

	private final SplittableRandom random;

	private final Damage damage;

	private final StringBuilder story = new StringBuilder();

	/**
	 * Begins with nothing damaged.
	 * @param fixture the queue
	 * @param references of its tasks, by id
	 * @param random what is drawn from
	 */
	QueueDamage(QueueFixture fixture, Map<String, String> references, SplittableRandom random) {
		this.fixture = fixture;
		this.redis = fixture.redis();
		this.references = references;
		this.random = random;
		this.damage = new Damage(random);
	}

	/**
	 * Damages one value, be it any, but of a lane.
	 */
	void anyValue() {
		switch (this.random.nextInt(12)) {
			case 0, 1, 2 -> field("tasks");
			case 3, 4 -> field("state");
			case 5 -> field("errors");
			case 6 -> field("ids");
			case 7 -> entry();
			case 8 -> member("delayed");
			case 9 -> member(this.random.nextBoolean() ? "working" : "failed");
			case 10 -> waiter();
			default -> setting();
		}
	}

	/** Of one of the victims that have such a value. */
	private void field(String kind) {
		Map<String, byte[]> values = this.redis.<String, byte[]>opsForHash().entries(this.fixture.key(kind));
		UnaryOperator<String> fieldOf = (id) -> kind.equals("ids") ? id : reference(id);
		String victim = this.damage
			.any(VICTIMS.stream().filter((id) -> values.containsKey(fieldOf.apply(id))).toList());
		String field = fieldOf.apply(victim);
		if (kind.equals("tasks") && this.random.nextInt(20) == 0) {
			told(kind, "removed", victim);
			this.redis.opsForHash().delete(this.fixture.key(kind), field);
			return;
		}
		byte[] damaged = this.damage.of(values.get(field));
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
		byte[] member = this.random.nextBoolean() ? otherThanNeighbours(bytes(reference("late")))
				: bytes(reference(victim()));
		told(kind, QueueDump.printable(member) + " at " + score, "");
		this.redis.opsForZSet().add(this.fixture.key(kind), member, score);
	}

	private byte[] otherThanNeighbours(byte[] reference) {
		byte[] damaged = this.damage.of(reference);
		String text = new String(damaged, StandardCharsets.UTF_8);
		return FuzzedQueue.NEIGHBOURS.stream().map(this::reference).noneMatch(text::equals) ? damaged
				: otherThanNeighbours(reference);
	}

	private void waiter() {
		byte[] waiter = this.damage.of(bytes("0123456789abcdef40"));
		told("waiters", QueueDump.printable(waiter), "");
		this.redis.opsForZSet().add(this.fixture.key("waiters"), waiter, this.damage.any(List.of(1.0, 4e12, 1e300)));
	}

	private void setting() {
		String field = this.damage.any(FIELDS);
		byte[] present = this.redis.<String, byte[]>opsForHash().get(this.fixture.key("config"), field);
		String text = (present != null) ? new String(present, StandardCharsets.UTF_8) : "4000000000000 abc";
		byte[] value = this.damage.ofText(text);
		while (field.equals("paused") && new String(value, StandardCharsets.UTF_8).equals("1")) {
			value = this.damage.ofText(text);
		}
		told("config " + field, QueueDump.printable(value), "");
		this.redis.opsForHash().put(this.fixture.key("config"), field, value);
	}

	/**
	 * Damages what Redis keeps of a lane; a number that is too high is refused, as
	 * {@link HostileDataTests} shows.
	 */
	void lane(Lane lane) {
		String key = this.fixture.key("lane:" + lane.name());
		byte[] memory = Objects.requireNonNull(this.redis.opsForValue().get(key));
		byte[] damaged = this.damage.of(memory);
		while (new String(damaged, StandardCharsets.UTF_8).matches("(?s)\\d+ .*")) {
			damaged = this.damage.of(memory);
		}
		told("lane", QueueDump.printable(damaged), "");
		this.redis.opsForValue().set(key, damaged);
	}

	/**
	 * Whether a lane was damaged.
	 */
	boolean isOfLane() {
		return this.story.indexOf("lane :") >= 0;
	}

	/**
	 * Draws one of the tasks that may suffer.
	 */
	String victim() {
		return this.damage.any(VICTIMS);
	}

	/**
	 * Tells what was damaged.
	 */
	String story() {
		return this.story.toString();
	}

	/**
	 * Adds to the story.
	 */
	void told(String what, String value, String victim) {
		this.story.append(what).append(' ').append(victim).append(": ").append(value).append('\n');
	}

	private String reference(String id) {
		return Objects.requireNonNull(this.references.get(id));
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
