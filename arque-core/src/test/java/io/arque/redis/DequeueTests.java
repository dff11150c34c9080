package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics.Event;
import io.arque.DequeueResult;
import io.arque.DequeueResult.Reason;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class DequeueTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void tellsThatNothingIsLeft() {
		assertThat(dequeue(3)).isEqualTo(new DequeueResult(List.of(), Reason.EMPTY));
		enqueue(2);
		DequeueResult result = dequeue(3);
		assertThat(result.tasks()).hasSize(2);
		assertThat(result.reason()).isEqualTo(Reason.EMPTY);
	}

	@Test
	void tellsThatItGaveAsManyAsAsked() {
		enqueue(5);
		DequeueResult result = dequeue(3);
		assertThat(result.tasks()).hasSize(3);
		assertThat(result.reason()).isEqualTo(Reason.NONE);
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void tellsThatTheWorkingLimitIsReached() {
		enqueue(5);
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(2));
		DequeueResult first = queue.dequeue(4, Duration.ZERO);
		assertThat(first.tasks()).hasSize(2);
		assertThat(first.reason()).isEqualTo(Reason.THROTTLED);
		assertThat(queue.dequeue(4, Duration.ZERO)).isEqualTo(new DequeueResult(List.of(), Reason.THROTTLED));
		queue.release(first.tasks().get(0));
		assertThat(queue.dequeue(4, Duration.ZERO).tasks()).hasSize(1);
	}

	@Test
	void tellsThatTheQueueIsPausedToEveryInstance() {
		enqueue(2);
		this.fixture.queue().pause();
		RedisQueue another = this.fixture.queueOfAnother(TestSettings.settings());
		assertThat(another.dequeue(1, Duration.ZERO)).isEqualTo(new DequeueResult(List.of(), Reason.PAUSED));
		another.resume();
		assertThat(dequeue(1).tasks()).hasSize(1);
	}

	@Test
	void workingLimitHoldsOverAllInstances() throws Exception {
		int limit = 5;
		enqueue(300);
		AtomicInteger leased = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		Set<String> done = ConcurrentHashMap.newKeySet();
		ExecutorService workers = Executors.newFixedThreadPool(4);
		List<Future<?>> ends = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(limit));
			ends.add(workers.submit(() -> {
				while (done.size() < 300) {
					List<LeasedTask> tasks = queue.dequeue(3, Duration.ofMillis(200)).tasks();
					most.accumulateAndGet(leased.addAndGet(tasks.size()), Math::max);
					tasks.forEach((task) -> assertThat(done.add(task.id())).isTrue());
					LockSupport.parkNanos(2_000_000); // others meet the limit
					leased.addAndGet(-tasks.size()); // before the release frees the
														// places
					if (!tasks.isEmpty()) {
						queue.release(tasks.toArray(LeasedTask[]::new));
					}
				}
			}));
		}
		for (Future<?> end : ends) {
			end.get(60, TimeUnit.SECONDS);
		}
		workers.shutdown();
		assertThat(most.get()).isBetween(1, limit);
		assertThat(this.fixture.queue().stats().tasks()).isZero();
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void eachInstanceHonoursItsOwnLimitUnlessOneIsSetForAll() {
		enqueue(20);
		RedisQueue small = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(2));
		RedisQueue large = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(6));
		assertThat(small.dequeue(10, Duration.ZERO).tasks()).hasSize(2);
		assertThat(large.dequeue(10, Duration.ZERO).tasks()).hasSize(4);
		assertThat(small.dequeue(10, Duration.ZERO).reason()).isEqualTo(Reason.THROTTLED);
		small.workingLimit(9);
		assertThat(small.dequeue(10, Duration.ZERO).tasks()).hasSize(3);
		small.resetWorkingLimit();
		assertThat(large.dequeue(10, Duration.ZERO).reason()).isEqualTo(Reason.THROTTLED);
	}

	@Test
	@OnePartition("There is no order over partitions")
	void takesDelayedTasksWhenTheyAreDueInTheOrderOfTheirTimes() {
		Map<Integer, String> references = new HashMap<>();
		for (int millis : new int[] { 120, 60, 180, 240 }) {
			references.put(millis,
					this.fixture.template()
						.enqueue(this.fixture.name(), "after " + millis,
								EnqueueOptions.none().withDelay(Duration.ofHours(1).plusMillis(millis))));
		}
		assertThat(dequeue(5).tasks()).isEmpty();
		isDueAt(references.get(180), Instant.ofEpochMilli(180));
		isDueAt(references.get(60), Instant.ofEpochMilli(60));
		isDueAt(references.get(120), this.fixture.redisTime());
		assertThat(dequeue(5).tasks()).extracting((task) -> task.payload().text())
			.containsExactly("after 60", "after 180", "after 120");
		assertThat(this.fixture.stateOf(references.get(240))).isEqualTo(TaskState.DELAYED);
	}

	@Test
	@OnePartition("What one call gives")
	void givesNoMoreThan4MegabytesAndAtLeastOneTask() {
		byte[] five = new byte[5_000_000];
		byte[] one = new byte[1_500_000];
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(five, one, one, one, five));
		assertThat(sizes(dequeue(5))).containsExactly(five.length);
		DequeueResult second = dequeue(5);
		assertThat(sizes(second)).containsExactly(one.length, one.length);
		assertThat(second.reason()).isEqualTo(Reason.NONE);
		assertThat(sizes(dequeue(5))).containsExactly(one.length);
		assertThat(sizes(dequeue(5))).containsExactly(five.length);
		assertThat(dequeue(5).reason()).isEqualTo(Reason.EMPTY);
	}

	@ParameterizedTest
	@ValueSource(ints = { 7, 1100, 4000 })
	@OnePartition("What one call gives")
	void passesOverWhatReplacedTasksLeaveBehind(int ghosts) {
		// a task that is put off leaves its entry behind, and gets another one
		EnqueueOptions now = EnqueueOptions.none().withId("same").withOnDuplicate(OnDuplicate.REPLACE);
		EnqueueOptions later = now.withDelay(Duration.ofMinutes(1));
		IntStream.rangeClosed(0, 2 * ghosts)
			.mapToObj((i) -> this.fixture.template()
				.enqueueAsync(this.fixture.name(), Integer.toString(i), (i % 2 == 0) ? now : later))
			.toList()
			.forEach((future) -> future.join());
		assertThat(this.fixture.dump().values("pending")).hasSize(ghosts + 1);
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(1);
		DequeueResult result = dequeue(5);
		assertThat(result.tasks()).extracting((task) -> task.payload().text())
			.containsExactly(Integer.toString(2 * ghosts));
		assertThat(this.fixture.dump().values("pending")).isEmpty();
	}

	@Test
	void neverGivesTaskThatIsOutOfAttempts() {
		String id = this.fixture.template().enqueue(this.fixture.name(), "x");
		RedisQueue generous = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(9));
		for (int attempt = 1; attempt <= 2; attempt++) {
			generous.requeue(generous.dequeue(1, Duration.ZERO).tasks().get(0), Duration.ZERO);
		}
		RedisQueue strict = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(2));
		assertThat(strict.dequeue(1, Duration.ZERO)).isEqualTo(new DequeueResult(List.of(), Reason.EMPTY));
		FailedTask failed = strict.failed().get(id).orElseThrow();
		assertThat(failed.error().type()).isEqualTo("io.arque.AttemptsSpent");
		assertThat(failed.error().message()).isEqualTo("2 attempts were made, 2 are allowed");
		assertThat(failed.delivery().attempt()).isEqualTo(2);
		assertThat(this.fixture.counted(Event.FAILED)).isEqualTo(1);
	}

	@Test
	@OnePartition("What one call gives")
	void takesWhatLiesBehindTasksThatAreOutOfAttempts() {
		enqueue(3);
		RedisQueue generous = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(9));
		generous.dequeue(3, Duration.ZERO).tasks().forEach((task) -> generous.requeue(task, Duration.ZERO));
		String fresh = this.fixture.template().enqueue(this.fixture.name(), "fresh");
		RedisQueue strict = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(1));
		assertThat(strict.dequeue(1, Duration.ZERO).tasks()).extracting(LeasedTask::id).containsExactly(fresh);
		assertThat(strict.stats()).extracting(QueueStats::failed, QueueStats::working, QueueStats::pending)
			.containsExactly(3L, 1L, 0L);
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 0, 201 })
	void refusesToLeaseFewerThan1OrMoreThan200(int max) {
		assertThatIllegalArgumentException().isThrownBy(() -> dequeue(max)).withMessageContaining("1 to 200");
	}

	@Test
	void refusesNegativeWait() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.queue().dequeue(1, Duration.ofMillis(-1)))
			.withMessageContaining("negative");
	}

	@Test
	void leasesUpTo200AtOnce() {
		enqueue(201);
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(5000));
		assertThat(queue.dequeue(200, Duration.ZERO).tasks()).hasSize(200);
	}

	private void isDueAt(String reference, Instant time) {
		this.fixture.redis()
			.opsForZSet()
			.add(this.fixture.key("delayed"), reference.getBytes(StandardCharsets.US_ASCII), time.toEpochMilli());
	}

	private void enqueue(int tasks) {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "payload"));
	}

	private DequeueResult dequeue(int max) {
		return this.fixture.queue().dequeue(max, Duration.ZERO);
	}

	private static List<Integer> sizes(DequeueResult result) {
		return result.tasks().stream().map((task) -> task.payload().bytes().length).toList();
	}

}
