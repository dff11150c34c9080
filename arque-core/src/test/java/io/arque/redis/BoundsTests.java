package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.DequeueResult;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.SweepResult;
import io.arque.redis.Fetch.Join;
import io.arque.test.OnePartition;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * However much there is to do, one call does a bounded part of it.
 */
@Timeout(120)
@OnePartition("The bounds are those of one call")
class BoundsTests {

	private static final int MANY = 20_000;

	private static final Duration HOLDS_REDIS_UP = Duration.ofMillis(10);

	/** Lua's {@code unpack} fails somewhat below this. */
	private static final int MORE_THAN_LUA_UNPACKS = 9000;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final TestSettings roomy = TestSettings.settings()
		.workingLimit(50_000)
		.deadLetter(50_000, 50_000_000, Duration.ofDays(1));

	@Test
	void dueTasksAreMovedInBoundedStepsAndAllAreGiven() {
		fillDelayed(this.fixture, 0, MANY);
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy);
		assertThat(movedBy(() -> queue.dequeue(10, Duration.ZERO))).as("64 for few permits").isEqualTo(64);
		assertThat(movedBy(() -> queue.dequeue(100, Duration.ZERO))).as("twice the permits").isEqualTo(200);
		assertThat(movedBy(() -> queue.dequeue(200, Duration.ZERO))).isEqualTo(400);
		assertThat(movedBy(() -> assertThat(queue.sweep()).isEqualTo(new SweepResult(500, 0)))).isEqualTo(500);
		Set<String> given = new HashSet<>();
		DequeueResult result = queue.dequeue(200, Duration.ZERO);
		while (!result.isEmpty()) {
			result.tasks().forEach((task) -> assertThat(given.add(task.id())).isTrue());
			result = queue.dequeue(200, Duration.ZERO);
		}
		assertThat(given).hasSize(MANY - 310);
		assertThat(this.fixture.dump().values("delayed")).isEmpty();
	}

	/**
	 * The quickest of several calls is looked at: on a busy machine any may be slow, but
	 * none is quick that has to go through all tasks. A slow machine may need longer, but
	 * not much longer than for a fiftieth of the tasks.
	 */
	@Test
	@OwnServer
	void aMillionDueTasksDoNotHoldRedisUp() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory connections = redis.newConnectionFactory();
			QueueFixture own = new QueueFixture(connections);
			fillDelayed(own, 0, MANY);
			List<Duration> few = quickestCalls(own);
			fillDelayed(own, MANY, 1_000_000);
			List<Duration> many = quickestCalls(own);
			for (int i = 0; i < many.size(); i++) {
				Duration slowMachine = few.get(i).multipliedBy(10);
				assertThat(many.get(i)).as("call %d", i)
					.isLessThan((slowMachine.compareTo(HOLDS_REDIS_UP) > 0) ? slowMachine : HOLDS_REDIS_UP);
			}
			own.client().wakeUp().stop();
			connections.destroy();
		}
	}

	private static List<Duration> quickestCalls(QueueFixture of) {
		RedisQueue queue = of.queue();
		QueueConsumer consumer = queue.consumer();
		return List.of(quickest(queue::sweep),
				quickest(() -> consumer.dequeue(new Fetch(10, Join.WHEN_SHORT, true, true, List.of()))),
				quickest(queue::stats), quickest(() -> of.template().enqueue(of.name(), "x")));
	}

	@Test
	void expiredLeasesAreTakenBackInBoundedSteps() {
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy.maxAttempts(9).maxCrashes(9));
		enqueue(450);
		this.fixture.expire(lease(queue, 450));
		assertThat(queue.sweep()).isEqualTo(new SweepResult(0, 100));
		queue.dequeue(1, Duration.ZERO);
		assertThat(queue.stats()).extracting(QueueStats::working, QueueStats::pending).containsExactly(251L, 199L);
		assertThat(queue.sweep()).isEqualTo(new SweepResult(0, 100));
	}

	@Test
	void movesAbout100SpentTasksToFailedACall() {
		RedisQueue queue = this.fixture.queueOfAnother(this.roomy.maxCrashes(1));
		enqueue(330);
		this.fixture.expire(lease(queue, 330));
		IntStream.range(0, 4).forEach((i) -> queue.sweep());
		assertThat(queue.consumer().dequeue(new Fetch(5, Join.NEVER, false, true, List.of())).tasks()).isEmpty();
		assertThat(queue.stats().failed()).isBetween(100L, 200L);
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

	private static void fillDelayed(QueueFixture of, int from, int to) {
		String script = "for i = ARGV[1], ARGV[1] + 999 do local ref = string.format('%016d', i)"
				+ " redis.call('HSET', KEYS[1], ref, '\\1\\1\\139\\207\\229\\104\\0\\0payload\\0')"
				+ " redis.call('ZADD', KEYS[2], i, ref) end return 1";
		try (RedisConnection connection = of.connectionFactory().getConnection()) {
			for (int first = from; first < to; first += 1000) {
				connection.scriptingCommands()
					.eval(bytes(script), ReturnType.INTEGER, 2, bytes(of.key("tasks")), bytes(of.key("delayed")),
							bytes(Integer.toString(first)));
			}
		}
	}

	private static Duration quickest(Runnable call) {
		return Stream.generate(() -> {
			long start = System.nanoTime();
			call.run();
			return Duration.ofNanos(System.nanoTime() - start);
		}).limit(20).min(Duration::compareTo).orElseThrow();
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

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
