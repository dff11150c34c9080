package io.arque.redis;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics.Event;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.test.LogCapture;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

@OnePartition("The bounds are divided, see PartitionedQueueTests")
class DeadLetterBoundsTests {

	private static final Duration LONG = Duration.ofDays(2);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void dropsTheOldestAboveTheSizeCountsThemAndSaysSo() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().deadLetter(3, 1_000_000, LONG));
		List<LeasedTask> tasks = lease(queue, 8, "payload");
		try (LogCapture log = new LogCapture("io.arque.queue")) {
			tasks.forEach((task) -> rejectAtATimeOfItsOwn(queue, task));
			assertThat(log.messages(Level.WARN))
				.filteredOn((message) -> message.contains("1 of the oldest dead letters were dropped"))
				.hasSize(5);
		}
		assertThat(queue.failed().list(0, 10)).extracting(FailedTask::id)
			.isEqualTo(tasks.subList(5, 8).stream().map(LeasedTask::id).toList());
		assertThat(queue.stats().dropped()).isEqualTo(5);
		assertThat(this.fixture.counted(Event.DEAD_LETTERS_DROPPED)).isEqualTo(5);
		assertThat(this.fixture.dump().values("tasks/")).hasSize(3);
		assertThat(this.fixture.dump().values("errors/")).hasSize(3);
	}

	@Test
	void keepsNoneWhenTheSizeIsZero() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().deadLetter(0, 1_000_000, LONG));
		lease(queue, 2, "payload").forEach((task) -> queue.reject(task, "for good"));
		assertThat(queue.stats()).extracting(QueueStats::failed, QueueStats::failedBytes, QueueStats::dropped)
			.containsExactly(0L, 0L, 2L);
	}

	@Test
	void dropsTheOldestAboveTheBytes() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().deadLetter(100, 10_000, LONG));
		List<LeasedTask> tasks = lease(queue, 5, "p".repeat(4000));
		tasks.forEach((task) -> rejectAtATimeOfItsOwn(queue, task));
		assertThat(queue.failed().list(0, 10)).extracting(FailedTask::id)
			.containsExactly(tasks.get(3).id(), tasks.get(4).id());
		assertThat(queue.stats().failedBytes()).isBetween(8000L, 10_000L);
		assertThat(queue.stats().dropped()).isEqualTo(3);
		queue.failed().purge();
		assertThat(queue.stats()).extracting(QueueStats::failedBytes, QueueStats::dropped).containsExactly(0L, 3L);
	}

	@Test
	void dropsWhatIsOlderThanTheRetentionInADequeue() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().deadLetter(100, 1_000_000, LONG));
		lease(queue, 3, "payload").forEach((task) -> queue.reject(task, "for good"));
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
		assertThat(queue.stats().failed()).isEqualTo(3);
		String failed = this.fixture.key("failed");
		this.fixture.redis()
			.opsForZSet()
			.range(failed, 0, -1)
			.forEach((each) -> this.fixture.redis().opsForZSet().incrementScore(failed, each, -LONG.toMillis()));
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
		assertThat(queue.stats()).extracting(QueueStats::failed, QueueStats::failedBytes, QueueStats::dropped)
			.containsExactly(0L, 0L, 3L);
	}

	@Test
	void dropsAtMost100ACall() {
		RedisQueue roomy = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(500));
		lease(roomy, 150, "payload").forEach((task) -> roomy.reject(task, "for good"));
		RedisQueue strict = this.fixture.queueOfAnother(TestSettings.settings().deadLetter(10, 1_000_000, LONG));
		strict.dequeue(1, Duration.ZERO);
		assertThat(strict.stats().failed()).isEqualTo(50);
		strict.dequeue(1, Duration.ZERO);
		assertThat(strict.stats()).extracting(QueueStats::failed, QueueStats::dropped).containsExactly(10L, 140L);
	}

	@Test
	void boundsHoldForTasksThatSpentTheirAttempts() {
		RedisQueue queue = this.fixture
			.queueOfAnother(TestSettings.settings().maxAttempts(1).deadLetter(1, 1_000_000, LONG));
		List<LeasedTask> tasks = lease(queue, 3, "payload");
		tasks.forEach((task) -> {
			queue.requeue(task, Duration.ZERO);
			this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
		});
		assertThat(queue.failed().list(0, 10)).extracting(FailedTask::id).containsExactly(tasks.get(2).id());
		assertThat(queue.stats().dropped()).isEqualTo(2);
	}

	private List<LeasedTask> lease(RedisQueue queue, int tasks, String payload) {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(tasks, payload));
		return queue.dequeue(tasks, Duration.ZERO).tasks();
	}

	/**
	 * Dead letters of the same millisecond are ordered by reference.
	 */
	private void rejectAtATimeOfItsOwn(RedisQueue queue, LeasedTask task) {
		queue.reject(task, "for good");
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
	}

}
