package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;

import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.SweepResult;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;
import io.arque.redis.RedisQueue.SweepAndStats;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class StatsAndTaskTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void queueThatNobodyUsedIsEmptyAndHasNoLimit() {
		assertThat(this.fixture.queue().stats())
			.isEqualTo(new QueueStats(0, 0, 0, 0, 0, 0, Duration.ZERO, OptionalInt.empty(), false));
		assertThat(this.fixture.dump().entries()).as("nothing is created").isEmpty();
	}

	@Test
	void countsTasksOfEachState() {
		fill();
		QueueStats stats = this.fixture.queue().stats();
		assertThat(stats).extracting(QueueStats::pending, QueueStats::delayed, QueueStats::working, QueueStats::failed)
			.containsExactly(4L, 3L, 2L, 1L);
		assertThat(stats.tasks()).isEqualTo(9);
		assertThat(stats.failedBytes()).isPositive();
		assertThat(stats.dropped()).isZero();
	}

	@Test
	@OnePartition("Looks at one partition")
	void countsTheSameInTheCallOfAConsumerAndOfASweep() {
		fill();
		this.fixture.queue().workingLimit(33);
		Fetched fetched = this.fixture.queue().consumer().dequeue(new Fetch(0, Join.NEVER, true, true, List.of()));
		SweepAndStats swept = this.fixture.queue().sweepAndCount();
		QueueStats stats = this.fixture.queue().stats();
		assertThat(fetched.stats()).usingRecursiveComparison().ignoringFields("oldestPendingAge").isEqualTo(stats);
		assertThat(swept.stats()).usingRecursiveComparison().ignoringFields("oldestPendingAge").isEqualTo(stats);
		assertThat(swept.swept()).isEqualTo(new SweepResult(0, 0));
		assertThat(this.fixture.queue().consumer().dequeue(new Fetch(0, Join.NEVER, false, true, List.of())).stats())
			.isNull();
	}

	@Test
	@OnePartition("Looks at one partition")
	void tellsTheAgeOfTheOldestPendingTask() {
		Instant before = this.fixture.redisTime();
		enqueue("oldest");
		Instant after = this.fixture.redisTime();
		this.fixture.awaitRedisTimeAfter(after.plusMillis(60));
		enqueue("newest");
		Duration least = Duration.between(after, this.fixture.redisTime());
		Duration age = this.fixture.queue().stats().oldestPendingAge();
		assertThat(age).isBetween(least, Duration.between(before, this.fixture.redisTime()));
		this.fixture.queue().dequeue(1, Duration.ZERO);
		assertThat(this.fixture.queue().stats().oldestPendingAge())
			.isLessThanOrEqualTo(Duration.between(after, this.fixture.redisTime()).minusMillis(60));
		this.fixture.queue().dequeue(1, Duration.ZERO);
		assertThat(this.fixture.queue().stats().oldestPendingAge()).isZero();
	}

	@Test
	void replacedTaskIsNotTheOldest() {
		EnqueueOptions options = EnqueueOptions.none().withId("mine").withOnDuplicate(OnDuplicate.REPLACE);
		this.fixture.template().enqueue(this.fixture.name(), "first", options);
		Instant first = this.fixture.redisTime();
		this.fixture.awaitRedisTimeAfter(first.plusMillis(60));
		this.fixture.template().enqueue(this.fixture.name(), "later", options.withDelay(Duration.ofMinutes(1)));
		assertThat(this.fixture.queue().stats().oldestPendingAge()).isZero();
		this.fixture.template().enqueue(this.fixture.name(), "second", options);
		Duration age = this.fixture.queue().stats().oldestPendingAge();
		assertThat(age).isLessThanOrEqualTo(Duration.between(first, this.fixture.redisTime()).minusMillis(60));
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(1);
	}

	@Test
	void taskThatWaitsAgainIsPendingSinceThen() {
		enqueue("x");
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(60));
		Instant before = this.fixture.redisTime();
		this.fixture.queue().requeue(lease(), Duration.ZERO);
		assertThat(this.fixture.queue().stats().oldestPendingAge())
			.isLessThanOrEqualTo(Duration.between(before, this.fixture.redisTime()));
	}

	@Test
	void tellsTheLimitThatIsInForce() {
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(23));
		enqueue("x");
		assertThat(queue.stats().workingLimit()).as("no consumer has told its own").isEmpty();
		queue.dequeue(1, Duration.ZERO);
		assertThat(queue.stats().workingLimit()).hasValue(23);
		queue.workingLimit(7);
		assertThat(queue.stats().workingLimit()).hasValue(7);
		queue.dequeue(1, Duration.ZERO);
		assertThat(queue.stats().workingLimit()).hasValue(7);
		queue.resetWorkingLimit();
		assertThat(queue.stats().workingLimit()).hasValue(23);
	}

	@Test
	void refusesALimitBelowOne() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.queue().workingLimit(0))
			.withMessageContaining("pause()");
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void tellsWhetherTheQueueIsPaused() {
		this.fixture.queue().pause();
		assertThat(this.fixture.queue().stats().paused()).isTrue();
		this.fixture.queue().pause();
		this.fixture.queue().resume();
		assertThat(this.fixture.queue().stats().paused()).isFalse();
	}

	@Test
	void findsATaskInEachState() {
		EnqueueOptions options = EnqueueOptions.none()
			.withId("mine")
			.withDelay(Duration.ofMillis(50))
			.withMaxAttempts(7)
			.withTaskTimeout(Duration.ofMillis(12_345))
			.withHeader("name", "value");
		Instant before = this.fixture.redisTime();
		this.fixture.template().enqueue(this.fixture.name(), "payload", options);
		TaskInfo delayed = find(TaskState.DELAYED);
		assertThat(delayed.until()).isBetween(before.plusMillis(50), this.fixture.redisTime().plusMillis(50));
		assertThat(delayed.delivery().attempt()).isZero();
		assertThat(delayed.delivery().dequeuedAt()).isNull();
		assertThat(delayed.delivery().enqueuedAt()).isEqualTo(delayed.until().minusMillis(50));
		this.fixture.awaitRedisTimeAfter(delayed.until());
		assertThat(this.fixture.queue().sweep()).isEqualTo(new SweepResult(1, 0));
		assertThat(find(TaskState.PENDING).until()).isNull();
		LeasedTask task = lease();
		TaskInfo working = find(TaskState.WORKING);
		assertThat(working.until()).isEqualTo(task.lease().deadline());
		assertThat(working.delivery()).isEqualTo(task.delivery());
		this.fixture.queue().reject(task, "for good");
		TaskInfo failed = find(TaskState.FAILED);
		assertThat(failed.until()).isEqualTo(this.fixture.queue().failed().get("mine").orElseThrow().failedAt());
		assertThat(failed.delivery()).isEqualTo(task.delivery());
		assertThat(this.fixture.queue().task(task.lease().reference())).contains(failed);
	}

	@Test
	void tellsHowOftenATaskWasDelivered() {
		enqueue("x");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings());
		LeasedTask first = queue.dequeue(1, Duration.ZERO).tasks().get(0);
		queue.requeue(first, Duration.ZERO);
		LeasedTask second = queue.dequeue(1, Duration.ZERO).tasks().get(0);
		assertThat(second.delivery().enqueuedAt()).isEqualTo(first.delivery().enqueuedAt());
		this.fixture.expire(second);
		Instant before = this.fixture.redisTime();
		queue.sweep();
		TaskInfo info = queue.task(first.id()).orElseThrow();
		assertThat(info.state()).isEqualTo(TaskState.PENDING);
		assertThat(info.delivery().attempt()).isEqualTo(2);
		assertThat(info.delivery().crashes()).isEqualTo(1);
		assertThat(info.delivery().dequeuedAt()).isEqualTo(second.delivery().dequeuedAt());
		assertThat(info.requeues()).isEqualTo(1);
		assertThat(info.requeuedAt()).isBetween(before, this.fixture.redisTime());
	}

	@Test
	void doesNotFindWhatIsNotThere() {
		String id = enqueue("x");
		assertThat(this.fixture.queue().task("unknown")).isEmpty();
		assertThat(this.fixture.queue().task("")).isEmpty();
		this.fixture.queue().release(lease());
		assertThat(this.fixture.queue().task(id)).isEmpty();
	}

	private TaskInfo find(TaskState state) {
		TaskInfo info = this.fixture.queue().task("mine").orElseThrow();
		assertThat(info.id()).isEqualTo("mine");
		assertThat(info.state()).isEqualTo(state);
		assertThat(info.delivery().maxAttempts()).isEqualTo(7);
		assertThat(info.delivery().taskTimeout()).isEqualTo(Duration.ofMillis(12_345));
		assertThat(info.requeues()).isZero();
		return info;
	}

	private void fill() {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(7, "payload"));
		List<LeasedTask> tasks = this.fixture.queue().dequeue(3, Duration.ZERO).tasks();
		this.fixture.queue().reject(tasks.get(0), "for good");
		for (int i = 0; i < 3; i++) {
			this.fixture.template()
				.enqueue(this.fixture.name(), "later", EnqueueOptions.none().withDelay(Duration.ofMinutes(5)));
		}
	}

	private String enqueue(String payload) {
		return this.fixture.template().enqueue(this.fixture.name(), payload);
	}

	private LeasedTask lease() {
		return this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
	}

}
