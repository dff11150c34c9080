package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.arque.ArqueMetrics.Event;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.SweepResult;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class LeaseTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@ParameterizedTest
	@EnumSource(Verb.class)
	void leaseThatWasTakenOverChangesNothing(Verb verb) {
		enqueue("x");
		RedisQueue first = this.fixture.queueOfAnother(TestSettings.settings());
		LeasedTask stale = lease(first);
		this.fixture.expire(stale);
		LeasedTask taken = lease(this.fixture.queue());
		assertThat(taken.lease().reference()).isEqualTo(stale.lease().reference());
		assertThat(taken.lease().token()).isNotEqualTo(stale.lease().token());
		assertLost(verb, first, stale);
		this.fixture.queue().release(taken);
	}

	@ParameterizedTest
	@EnumSource(Verb.class)
	void leaseThatWasSweptChangesNothing(Verb verb) {
		enqueue("x");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings());
		LeasedTask stale = lease(queue);
		this.fixture.expire(stale);
		assertThat(this.fixture.queue().sweep()).isEqualTo(new SweepResult(0, 1));
		assertLost(verb, queue, stale);
	}

	@ParameterizedTest
	@EnumSource(Verb.class)
	void leaseThatWasGivenUpChangesNothing(Verb verb) {
		for (Verb earlier : List.of(Verb.RELEASE, Verb.REQUEUE, Verb.HAND_BACK, Verb.REJECT)) {
			String id = enqueue("x");
			LeasedTask task = lease(this.fixture.queue());
			assertThat(task.id()).isEqualTo(id);
			earlier.call(this.fixture.queue(), task);
			assertLost(verb, this.fixture.queue(), task);
			this.fixture.queue().dequeue(1, Duration.ZERO).tasks().forEach(this.fixture.queue()::release);
		}
	}

	@ParameterizedTest
	@EnumSource(Verb.class)
	void expiredLeaseThatNobodyTookOverStillCounts(Verb verb) {
		enqueue("x");
		RedisQueue queue = this.fixture.queue();
		LeasedTask task = lease(queue);
		this.fixture.expire(task);
		verb.call(queue, task);
		assertThat(this.fixture.counted(Event.LEASE_LOST)).isZero();
	}

	@Test
	void tellsWhichOfSeveralLeasesWereLostAndSettlesTheOthers() {
		enqueue("a");
		enqueue("b");
		enqueue("c");
		RedisQueue queue = this.fixture.queue();
		List<LeasedTask> tasks = queue.dequeue(3, Duration.ZERO).tasks();
		queue.release(tasks.get(1));
		assertThatExceptionOfType(LeaseLostException.class)
			.isThrownBy(() -> queue.release(tasks.toArray(LeasedTask[]::new)))
			.satisfies((ex) -> assertThat(ex.tasks()).containsExactly(tasks.get(1)));
		assertThat(queue.stats().tasks()).isZero();
	}

	@Test
	@OnePartition("Works with one partition by hand")
	void tokenIsNeverGivenAgainWhenRedisForgotThatItWas() {
		enqueue("x");
		RedisQueue queue = this.fixture.queue();
		Map<String, byte[]> old = this.fixture.snapshot();
		LeasedTask forgotten = lease(queue);
		for (RedisQueue next : List.of(queue, this.fixture.queueOfAnother(TestSettings.settings()))) {
			this.fixture.restore(old);
			LeasedTask given = lease(next);
			assertThat(given.lease().reference()).isEqualTo(forgotten.lease().reference());
			assertThat(given.lease().token()).isNotEqualTo(forgotten.lease().token());
			for (Verb verb : Verb.values()) {
				assertLost(verb, queue, forgotten);
			}
			next.release(given);
		}
	}

	@Test
	@OnePartition("There is no order over partitions")
	void handBackGoesToTheHeadAndCountsNoAttempt() {
		enqueue("a");
		enqueue("b");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(1));
		for (int i = 0; i < 3; i++) {
			LeasedTask task = lease(queue);
			assertThat(task.payload().text()).isEqualTo("a");
			assertThat(task.attempt()).isEqualTo(1);
			queue.handBack(task);
		}
		TaskInfo info = queue.task(lease(queue).id()).orElseThrow();
		assertThat(info.requeues()).isZero();
	}

	@Test
	@OnePartition("There is no order over partitions")
	void requeueWithoutDelayGoesToTheEnd() {
		String id = enqueue("a");
		enqueue("b");
		RedisQueue queue = this.fixture.queue();
		Instant before = this.fixture.redisTime();
		queue.requeue(lease(queue), Duration.ZERO);
		TaskInfo info = queue.task(id).orElseThrow();
		assertThat(info.state()).isEqualTo(TaskState.PENDING);
		assertThat(info.requeues()).isEqualTo(1);
		assertThat(info.requeuedAt()).isBetween(before, this.fixture.redisTime());
		assertThat(queue.dequeue(5, Duration.ZERO).tasks()).extracting((task) -> task.payload().text())
			.containsExactly("b", "a");
		assertThat(this.fixture.counted(Event.REQUEUED)).isEqualTo(1);
	}

	@Test
	void requeueWithDelayGoesToDelayed() {
		String id = enqueue("a");
		RedisQueue queue = this.fixture.queue();
		Instant before = this.fixture.redisTime();
		queue.requeue(lease(queue), Duration.ofMinutes(11));
		TaskInfo info = queue.task(id).orElseThrow();
		assertThat(info.state()).isEqualTo(TaskState.DELAYED);
		assertThat(info.until()).isBetween(before.plus(Duration.ofMinutes(11)),
				this.fixture.redisTime().plus(Duration.ofMinutes(11)));
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "2, , 2", "5, 1, 1", "1, 3, 3" })
	void requeueAtTheLastAttemptGoesToFailed(int ofQueue, Integer ofTask, int expected) {
		EnqueueOptions options = EnqueueOptions.none().withId("mine");
		this.fixture.template()
			.enqueue(this.fixture.name(), "x", (ofTask != null) ? options.withMaxAttempts(ofTask) : options);
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(ofQueue));
		for (int attempt = 1; attempt <= expected; attempt++) {
			LeasedTask task = lease(queue);
			assertThat(task.attempt()).isEqualTo(attempt);
			queue.requeue(task, Duration.ZERO);
		}
		FailedTask failed = queue.failed().get("mine").orElseThrow();
		assertThat(failed.error().type()).isEqualTo("io.arque.Requeued");
		assertThat(failed.error().message()).contains("last attempt");
		assertThat(failed.delivery().attempt()).isEqualTo(expected);
		assertThat(failed.payload().text()).isEqualTo("x");
		assertThat(this.fixture.counted(Event.FAILED)).isEqualTo(1);
	}

	@Test
	void rejectGoesToFailedAtTheFirstAttempt() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queue();
		queue.reject(lease(queue), "not a number: ä");
		FailedTask failed = queue.failed().get(id).orElseThrow();
		assertThat(failed.error().type()).isEqualTo("io.arque.Rejected");
		assertThat(failed.error().message()).isEqualTo("not a number: ä");
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
	}

	@Test
	void extendMovesTheDeadlineAndKeepsTokenAndAttempt() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().leaseDuration(Duration.ofSeconds(1)));
		LeasedTask task = lease(queue);
		Instant before = this.fixture.redisTime();
		Instant deadline = queue.extend(task, Duration.ofSeconds(33));
		assertThat(deadline).isBetween(before.plusSeconds(33), this.fixture.redisTime().plusSeconds(33));
		this.fixture.awaitRedisTimeAfter(task.lease().deadline());
		assertThat(this.fixture.queue().dequeue(1, Duration.ZERO).tasks()).isEmpty();
		TaskInfo info = queue.task(id).orElseThrow();
		assertThat(info.until()).isEqualTo(deadline);
		assertThat(info.delivery().attempt()).isEqualTo(1);
		queue.release(task);
		assertThat(queue.task(id)).isEmpty();
	}

	@Test
	void extendMayShortenALease() {
		enqueue("x");
		RedisQueue queue = this.fixture.queue();
		Instant deadline = queue.extend(lease(queue), Duration.ofMillis(30));
		this.fixture.awaitRedisTimeAfter(deadline);
		assertThat(lease(queue).attempt()).isEqualTo(2);
	}

	@Test
	@OnePartition("Works with one partition by hand")
	void extendsManyLeasesInOneCallAndTellsWhichWereLost() {
		enqueue("a");
		enqueue("b");
		enqueue("c");
		RedisQueue queue = this.fixture.queue();
		List<LeasedTask> tasks = queue.dequeue(3, Duration.ZERO).tasks();
		queue.release(tasks.get(1));
		Instant before = this.fixture.redisTime();
		assertThat(queue.extendAll(tasks)).containsExactly(tasks.get(1));
		assertThat(queue.task(tasks.get(2).id()).orElseThrow().until())
			.isAfterOrEqualTo(before.plus(queue.settings().leaseDuration()));
		assertThat(this.fixture.counted(Event.LEASE_LOST)).as("whoever asked counts").isZero();
	}

	@Test
	void deadlineTellsTheLeaseDurationFromTheDequeue() {
		enqueue("x");
		LeasedTask task = lease(this.fixture.queue());
		assertThat(task.lease().deadline()).isEqualTo(task.delivery().dequeuedAt().plusSeconds(25));
		assertThat(this.fixture.queue().task(task.id()).orElseThrow().until()).isEqualTo(task.lease().deadline());
	}

	@Test
	void refusesDurationsOutOfRange() {
		enqueue("x");
		RedisQueue queue = this.fixture.queue();
		LeasedTask task = lease(queue);
		assertThatIllegalArgumentException().isThrownBy(() -> queue.extend(task, Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> queue.extend(task, Duration.ofDays(36501)));
		assertThatIllegalArgumentException().isThrownBy(() -> queue.requeue(task, Duration.ofMillis(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> queue.requeue(task, Duration.ofDays(36501)));
	}

	private void assertLost(Verb verb, RedisQueue queue, LeasedTask task) {
		long lost = this.fixture.counted(Event.LEASE_LOST);
		QueueDump before = this.fixture.dump().ofTasks();
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> verb.call(queue, task))
			.satisfies((ex) -> assertThat(ex.tasks()).containsExactly(task));
		assertThat(this.fixture.dump().ofTasks()).isEqualTo(before);
		assertThat(this.fixture.counted(Event.LEASE_LOST)).isEqualTo(lost + 1);
	}

	private String enqueue(String payload) {
		return this.fixture.template().enqueue(this.fixture.name(), payload);
	}

	private static LeasedTask lease(RedisQueue queue) {
		List<LeasedTask> tasks = queue.dequeue(1, Duration.ZERO).tasks();
		assertThat(tasks).hasSize(1);
		return tasks.get(0);
	}

	enum Verb {

		RELEASE, REQUEUE, HAND_BACK, REJECT, EXTEND;

		void call(RedisQueue queue, LeasedTask task) {
			switch (this) {
				case RELEASE -> queue.release(task);
				case REQUEUE -> queue.requeue(task, Duration.ofMillis(1));
				case HAND_BACK -> queue.handBack(task);
				case REJECT -> queue.reject(task, "reason");
				case EXTEND -> queue.extend(task, Duration.ofSeconds(5));
			}
		}

	}

}
