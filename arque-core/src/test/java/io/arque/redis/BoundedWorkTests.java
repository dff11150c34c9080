package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.LeasedTask;
import io.arque.SweepResult;
import io.arque.redis.Fetch.Join;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * However much there is, one call does a bounded part of it.
 */
@Timeout(120)
class BoundedWorkTests {

	private static final int MANY = 100_000;

	private static final Duration HOLDS_REDIS_UP = Duration.ofMillis(10);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void dequeueAndSweepMoveAFewOfManyDueTasks() {
		fillDelayed(MANY);
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(5000));
		assertThat(queue.dequeue(10, Duration.ZERO).tasks()).hasSize(10);
		assertThat(delayed()).as("64 for few permits").isEqualTo(MANY - 64);
		assertThat(queue.dequeue(100, Duration.ZERO).tasks()).hasSize(100);
		assertThat(delayed()).as("twice the permits").isEqualTo(MANY - 64 - 200);
		assertThat(queue.dequeue(200, Duration.ZERO).tasks()).hasSize(200);
		assertThat(delayed()).isEqualTo(MANY - 64 - 200 - 400);
		assertThat(queue.sweep()).isEqualTo(new SweepResult(500, 0));
		assertThat(delayed()).isEqualTo(MANY - 64 - 200 - 400 - 500);
	}

	/**
	 * The quickest of several calls is looked at: on a busy machine any may be slow, but
	 * none is quick that has to go through all tasks.
	 */
	@Test
	void manyDueTasksDoNotHoldRedisUp() {
		fillDelayed(MANY);
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(5000));
		QueueConsumer consumer = queue.consumer();
		assertThat(quickest(() -> queue.sweep())).isLessThan(HOLDS_REDIS_UP);
		assertThat(quickest(() -> consumer.dequeue(new Fetch(10, Join.WHEN_SHORT, true, true, List.of()))))
			.isLessThan(HOLDS_REDIS_UP);
		assertThat(quickest(() -> queue.stats())).isLessThan(HOLDS_REDIS_UP);
		assertThat(quickest(() -> this.fixture.template().enqueue(this.fixture.name(), "x")))
			.isLessThan(HOLDS_REDIS_UP);
	}

	@Test
	void reclaimsAtMost100ExpiredLeasesACall() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(5000));
		List<LeasedTask> tasks = lease(queue, 330);
		expire(tasks);
		assertThat(queue.sweep()).isEqualTo(new SweepResult(0, 100));
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).hasSize(1);
		assertThat(queue.stats().working()).isEqualTo(330 - 200 + 1);
		assertThat(queue.sweep()).isEqualTo(new SweepResult(0, 100));
	}

	@Test
	void movesAbout100SpentTasksToFailedACall() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(5000).maxCrashes(1));
		expire(lease(queue, 330));
		IntStream.range(0, 4).forEach((i) -> queue.sweep());
		assertThat(queue.consumer().dequeue(new Fetch(5, Join.NEVER, false, true, List.of())).tasks()).isEmpty();
		assertThat(queue.stats().failed()).isBetween(100L, 200L);
	}

	/**
	 * {@code unpack} fails near 8,000 values: so many go through in several calls.
	 */
	@Test
	void moreTasksThanLuaCanUnpackGoThroughEveryVerb() {
		int tasks = 9000;
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(tasks));
		List<LeasedTask> leased = lease(queue, tasks);
		assertThat(leased).hasSize(tasks);
		LeasedTask[] all = leased.toArray(LeasedTask[]::new);
		queue.handBack(all);
		assertThat(queue.stats().pending()).isEqualTo(tasks);
		LeasedTask[] again = take(queue, tasks).toArray(LeasedTask[]::new);
		queue.release(again);
		assertThat(queue.stats().tasks()).isZero();
	}

	private List<LeasedTask> lease(RedisQueue queue, int tasks) {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "payload"));
		return take(queue, tasks);
	}

	private static List<LeasedTask> take(RedisQueue queue, int tasks) {
		List<LeasedTask> taken = new ArrayList<>();
		while (taken.size() < tasks) {
			taken.addAll(queue.dequeue(200, Duration.ZERO).tasks());
		}
		return taken;
	}

	private void expire(List<LeasedTask> tasks) {
		tasks.forEach((task) -> this.fixture.redis()
			.opsForZSet()
			.add(this.fixture.key("working"), bytes(task.lease().reference()), 1));
	}

	private long delayed() {
		return this.fixture.redis().opsForZSet().zCard(this.fixture.key("delayed"));
	}

	private void fillDelayed(int tasks) {
		String script = "for i = ARGV[1], ARGV[1] + 999 do local ref = string.format('%016d', i)"
				+ " redis.call('HSET', KEYS[1], ref, '\\1\\1\\139\\207\\229\\104\\0\\0payload\\0')"
				+ " redis.call('ZADD', KEYS[2], i, ref) end return 1";
		try (RedisConnection connection = this.fixture.connectionFactory().getConnection()) {
			for (int from = 1; from < tasks; from += 1000) {
				connection.scriptingCommands()
					.eval(bytes(script), ReturnType.INTEGER, 2, bytes(this.fixture.key("tasks")),
							bytes(this.fixture.key("delayed")), bytes(Integer.toString(from)));
			}
		}
		assertThat(delayed()).isEqualTo(tasks);
	}

	private static Duration quickest(Runnable call) {
		return Stream.generate(() -> {
			long start = System.nanoTime();
			call.run();
			return Duration.ofNanos(System.nanoTime() - start);
		}).limit(20).min(Duration::compareTo).orElseThrow();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
