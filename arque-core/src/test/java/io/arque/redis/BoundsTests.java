package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

import io.arque.DequeueResult;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.SweepResult;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.core.DefaultTypedTuple;
import org.springframework.data.redis.core.ZSetOperations.TypedTuple;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What one call does at the most, however much there is to do. Counted, not timed.
 */
@Timeout(120)
@OnePartition("The bounds are those of one call")
class BoundsTests {

	private static final int MANY = 20_000;

	/** Lua's {@code unpack} fails somewhat below this. */
	private static final int MORE_THAN_LUA_UNPACKS = 9000;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final TestSettings roomy = TestSettings.settings()
		.workingLimit(50_000)
		.deadLetter(50_000, 50_000_000, Duration.ofDays(1));

	@Test
	void dueTasksAreMovedInBoundedStepsAndAllAreGiven() {
		makeDue(MANY);
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy);
		assertThat(movedBy(() -> queue.dequeue(10, Duration.ZERO))).isBetween(10L, 64L);
		assertThat(movedBy(() -> queue.dequeue(200, Duration.ZERO))).isBetween(150L, 400L);
		assertThat(movedBy(queue::sweep)).isEqualTo(500);
		Set<String> given = new HashSet<>();
		DequeueResult result = queue.dequeue(200, Duration.ZERO);
		while (!result.isEmpty()) {
			result.tasks().forEach((task) -> assertThat(given.add(task.id())).isTrue());
			result = queue.dequeue(200, Duration.ZERO);
		}
		assertThat(given).hasSize(MANY - 210);
		assertThat(this.fixture.dump().values("delayed")).isEmpty();
	}

	@Test
	void expiredLeasesAreTakenBackInBoundedSteps() {
		RedisQueue queue = this.fixture
			.queueOfAnother(this.roomy.leaseDuration(Duration.ofSeconds(1)).maxAttempts(9).maxCrashes(9));
		enqueue(450);
		List<LeasedTask> expired = lease(queue, 450);
		this.fixture.awaitRedisTimeAfter(expired.get(449).lease().deadline());
		assertThat(queue.sweep()).isEqualTo(new SweepResult(0, 100));
		queue.dequeue(1, Duration.ZERO);
		assertThat(queue.stats()).extracting(QueueStats::working, QueueStats::pending).containsExactly(251L, 199L);
	}

	@Test
	void oneCallExtendsAndSettlesMoreThanLuaUnpacks() {
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy);
		enqueue(4 * MORE_THAN_LUA_UNPACKS);
		LeasedTask[] released = array(lease(queue, MORE_THAN_LUA_UNPACKS));
		assertThat(queue.extendAll(List.of(released))).isEmpty();
		queue.release(released);
		queue.handBack(array(lease(queue, MORE_THAN_LUA_UNPACKS)));
		assertThat(queue.stats()).extracting(QueueStats::pending, QueueStats::working)
			.containsExactly(3L * MORE_THAN_LUA_UNPACKS, 0L);
	}

	@Test
	void moreDeadLettersThanLuaUnpacksAreDrivenAgainAndDeleted() {
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy);
		enqueue(MORE_THAN_LUA_UNPACKS);
		lease(queue, MORE_THAN_LUA_UNPACKS).forEach((task) -> queue.reject(task, "why"));
		assertThat(queue.failed().redriveAll()).isEqualTo(MORE_THAN_LUA_UNPACKS);
		lease(queue, MORE_THAN_LUA_UNPACKS).forEach((task) -> queue.reject(task, "why"));
		assertThat(queue.failed().purge()).isEqualTo(MORE_THAN_LUA_UNPACKS);
		assertThat(queue.stats()).extracting(QueueStats::tasks, QueueStats::failed).containsExactly(0L, 0L);
	}

	private long movedBy(Runnable call) {
		long before = delayed();
		call.run();
		return before - delayed();
	}

	private long delayed() {
		return this.fixture.redis().opsForZSet().zCard(this.fixture.key("delayed"));
	}

	/**
	 * Puts tasks into delayed, each with the body of one that was enqueued, and all due.
	 */
	private void makeDue(int tasks) {
		String model = this.fixture.template()
			.enqueue(this.fixture.name(), "payload", EnqueueOptions.none().withDelay(Duration.ofHours(1)));
		byte[] body = (byte[]) this.fixture.redis().opsForHash().get(this.fixture.key("tasks"), model);
		Map<String, byte[]> bodies = new HashMap<>();
		Set<TypedTuple<byte[]>> due = new HashSet<>();
		for (int i = 0; i < tasks; i++) {
			String reference = String.format("many%012d", i);
			bodies.put(reference, body);
			due.add(new DefaultTypedTuple<>(reference.getBytes(), 1000.0 + i));
		}
		this.fixture.redis().delete(List.of(this.fixture.key("tasks"), this.fixture.key("delayed")));
		this.fixture.redis().opsForHash().putAll(this.fixture.key("tasks"), bodies);
		this.fixture.redis().opsForZSet().add(this.fixture.key("delayed"), due);
	}

	private void enqueue(int tasks) {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "payload"));
	}

	private static List<LeasedTask> lease(RedisQueue queue, int tasks) {
		List<LeasedTask> leased = new ArrayList<>();
		IntStream.range(0, (tasks + 199) / 200)
			.forEach((i) -> leased.addAll(queue.dequeue(Math.min(200, tasks - leased.size()), Duration.ZERO).tasks()));
		assertThat(leased).hasSize(tasks);
		return leased;
	}

	private static LeasedTask[] array(List<LeasedTask> tasks) {
		return tasks.toArray(LeasedTask[]::new);
	}

}
