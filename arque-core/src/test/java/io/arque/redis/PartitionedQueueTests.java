package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.DequeueResult;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.TaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * A queue with six partitions, seen from outside as one.
 */
class PartitionedQueueTests {

	private static final int PARTITIONS = 6;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final ArqueClient client = this.fixture.newClient(spread(PARTITIONS));

	private final ArqueTemplate template = new ArqueTemplate(this.client);

	private final RedisQueue queue = this.client.queue(this.fixture.name());

	private static TestSettings spread(int partitions) {
		return TestSettings.settings().partitions(partitions);
	}

	private List<String> fill(int tasks) {
		return this.template.enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "payload"));
	}

	private long pendingIn(String tag) {
		return this.fixture.redis().opsForList().size(QueueFixture.KEY_PREFIX + ":{" + tag + "}:pending");
	}

	@Test
	void tasksAreSpreadOverAllPartitionsAndCountedTogether() {
		List<String> ids = fill(600);
		assertThat(ids).hasSize(600).doesNotHaveDuplicates();
		assertThat(PartitionTags.of(this.fixture.name(), PARTITIONS))
			.allSatisfy((tag) -> assertThat(pendingIn(tag)).isBetween(80L, 120L));
		assertThat(pendingIn(this.fixture.name())).isZero();
		assertThat(this.queue.stats().pending()).isEqualTo(600);
		assertThat(ids).allSatisfy((id) -> assertThat(this.queue.task(id)).isPresent());
	}

	@Test
	void singleTasksAreSpreadAsManyAre() {
		IntStream.range(0, 120).forEach((i) -> this.template.enqueue(this.fixture.name(), i));
		assertThat(PartitionTags.of(this.fixture.name(), PARTITIONS))
			.allSatisfy((tag) -> assertThat(pendingIn(tag)).isBetween(10L, 30L));
	}

	@Test
	void ownIdIsUnique() {
		EnqueueOptions mine = EnqueueOptions.none().withId("mine").withOnDuplicate(OnDuplicate.REJECT);
		this.template.enqueue(this.fixture.name(), "first", mine);
		assertThatExceptionOfType(DuplicateTaskException.class)
			.isThrownBy(() -> this.template.enqueue(this.fixture.name(), "second", mine));
	}

	@Test
	void dequeueTakesFromAllPartitionsAlike() {
		fill(600);
		List<LeasedTask> tasks = this.queue.dequeue(12, Duration.ZERO).tasks();
		assertThat(tasks.stream()
			.collect(Collectors.groupingBy((task) -> task.lease().partition(), Collectors.counting()))).hasSize(6)
			.allSatisfy((partition, count) -> assertThat(count).isEqualTo(2));
		assertThat(tasks).extracting(LeasedTask::queue).containsOnly(this.fixture.name());
	}

	@Test
	void oneTaskAtATimeComesFromEachInTurn() {
		fill(60);
		Set<String> partitions = new HashSet<>();
		for (int i = 0; i < PARTITIONS; i++) {
			partitions.add(this.queue.dequeue(1, Duration.ZERO).tasks().get(0).lease().partition());
		}
		assertThat(partitions).hasSize(PARTITIONS);
	}

	@Test
	void whatOnePartitionDoesNotGiveAnotherDoes() {
		String only = PartitionTags.of(this.fixture.name(), PARTITIONS).get(2);
		IntStream.range(0, 1000)
			.mapToObj((i) -> "id " + i)
			.filter((id) -> this.queue.partition(id).tag().equals(only))
			.limit(6)
			.forEach((id) -> this.template.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withId(id)));
		assertThat(this.queue.dequeue(6, Duration.ZERO).tasks()).hasSize(6)
			.allSatisfy((task) -> assertThat(task.lease().partition()).isEqualTo(only));
	}

	@Test
	void allPlacesOfTheWorkingLimitAreGivenOut() {
		fill(600);
		DequeueResult result = this.queue.dequeue(200, Duration.ZERO);
		assertThat(result.tasks()).hasSize(40);
		assertThat(result.reason()).isEqualTo(DequeueResult.Reason.THROTTLED);
		assertThat(this.queue.stats().workingLimit()).hasValue(40);
		assertThat(this.fixture.queueOfAnother(spread(PARTITIONS)).dequeue(200, Duration.ZERO).tasks()).isEmpty();
	}

	@Test
	void waitingDequeueIsWokenByWhateverPartition() throws Exception {
		this.client.slowLook(Duration.ofHours(1)); // what is found was told by a message
		this.queue.dequeue(1, Duration.ZERO);
		for (int i = 0; i < 8; i++) {
			List<LeasedTask> taken = new ArrayList<>();
			Thread worker = new Thread(() -> taken.addAll(this.queue.dequeue(1, Duration.ofSeconds(30)).tasks()));
			worker.start();
			await().pollInterval(Duration.ofMillis(2))
				.until(() -> this.fixture.dump().values("waiters/").size() == PARTITIONS);
			String id = this.template.enqueue(this.fixture.name(), "x");
			worker.join(Duration.ofSeconds(25).toMillis());
			assertThat(taken).extracting(LeasedTask::id).containsExactly(id);
			this.queue.release(taken.get(0));
		}
	}

	@Test
	void settlesEachTaskInThePartitionThatItCameFromWhateverTheirNumberIsNow() {
		fill(20);
		LeasedTask[] tasks = this.queue.dequeue(12, Duration.ZERO).tasks().toArray(LeasedTask[]::new);
		RedisQueue other = this.fixture.queueOfAnother(spread(2));
		other.extend(tasks[0], Duration.ofMinutes(1));
		other.release(tasks[0], tasks[1], tasks[2]);
		other.handBack(tasks[3], tasks[4]);
		other.requeue(tasks[5], Duration.ZERO);
		other.reject(tasks[6], "why");
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> other.release(tasks))
			.satisfies((ex) -> assertThat(ex.tasks()).containsExactlyInAnyOrder(tasks[0], tasks[1], tasks[2], tasks[3],
					tasks[4], tasks[5], tasks[6]));
		assertThat(this.queue.stats()).extracting(QueueStats::pending, QueueStats::working, QueueStats::failed)
			.containsExactly(11L, 0L, 1L);
	}

	@Test
	void pauseHoldsInEveryPartitionAlsoInThoseThatComeLater() {
		fill(60);
		this.queue.dequeue(6, Duration.ZERO);
		this.queue.pause();
		assertThat(this.queue.dequeue(20, Duration.ZERO).reason()).isEqualTo(DequeueResult.Reason.PAUSED);
		ArqueClient more = this.fixture.newClient(spread(9));
		new ArqueTemplate(more).enqueueAll(this.fixture.name(), Collections.nCopies(90, "x"));
		assertThat(more.queue(this.fixture.name()).dequeue(50, Duration.ZERO).tasks()).isEmpty();
		assertThat(this.queue.stats().paused()).isTrue();
		more.queue(this.fixture.name()).resume();
		assertThat(this.queue.stats().paused()).isFalse();
		assertThat(more.queue(this.fixture.name()).dequeue(6, Duration.ZERO).tasks()).hasSize(6);
	}

	@Test
	void limitSetAtRunTimeIsDivided() {
		fill(100);
		this.queue.workingLimit(9);
		assertThat(this.queue.dequeue(50, Duration.ZERO).tasks()).hasSize(9);
		assertThat(this.queue.stats().workingLimit()).hasValue(9);
		this.fixture.queueOfAnother(spread(PARTITIONS)).workingLimit(20);
		assertThat(this.queue.dequeue(50, Duration.ZERO).tasks()).hasSize(11);
		this.queue.resetWorkingLimit();
		assertThat(this.queue.stats().workingLimit()).hasValue(40);
	}

	@Test
	void limitBelowTheNumberOfPartitionsIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.queue.workingLimit(5))
			.withMessage("workingLimit must be at least 6, the queue's partitions: each needs a share of it, it is 5");
		assertThatIllegalArgumentException().isThrownBy(() -> spread(6).workingLimit(5).build())
			.withMessage(
					"working-limit must be at least 6, the number of partitions: each needs a share of it, it is 5");
		assertThatIllegalArgumentException().isThrownBy(() -> spread(0).build())
			.withMessage("partitions must be 1 to 256, it is 0");
		assertThatIllegalArgumentException().isThrownBy(() -> spread(257).workingLimit(1000).build())
			.withMessage("partitions must be 1 to 256, it is 257");
	}

	@Test
	void deadLettersOfAllPartitionsAreInOneList() {
		fill(30);
		List<String> failed = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			LeasedTask task = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
			this.queue.reject(task, "why");
			this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
			failed.add(task.id());
		}
		assertThat(this.queue.failed().list(0, 100)).extracting(FailedTask::id).isEqualTo(failed);
		assertThat(this.queue.failed().list(3, 4)).extracting(FailedTask::id).isEqualTo(failed.subList(3, 7));
		assertThat(this.queue.failed().get(failed.get(5))).isPresent();
		assertThat(this.queue.failed().redrive(failed.get(5))).isTrue();
		assertThat(this.queue.failed().delete(failed.get(6))).isTrue();
		assertThat(this.queue.failed().delete(failed.get(6))).isFalse();
		assertThat(this.queue.failed().redriveAll()).isEqualTo(8);
		assertThat(this.queue.stats()).extracting(QueueStats::pending, QueueStats::failed).containsExactly(29L, 0L);
	}

	@Test
	void boundsOfDeadLettersAreDividedRoundedUp() {
		TestSettings settings = spread(PARTITIONS).deadLetter(7, 1_000_000, Duration.ofDays(1));
		RedisQueue bounded = this.fixture.queueOfAnother(settings);
		fill(60);
		for (int i = 0; i < 40; i++) {
			bounded.reject(bounded.dequeue(1, Duration.ZERO).tasks().get(0), "why");
		}
		assertThat(bounded.stats().failed()).isEqualTo(12);
		assertThat(bounded.stats().dropped()).isEqualTo(28);
		assertThat(bounded.failed().purge()).isEqualTo(12);
	}

	@Test
	void sweepMovesWhatIsDueInAllPartitions() {
		for (int i = 0; i < 12; i++) {
			this.template.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDelay(Duration.ofMillis(1)));
		}
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(2));
		assertThat(this.queue.sweep().promoted()).isEqualTo(12);
		assertThat(this.queue.stats().pending()).isEqualTo(12);
	}

	@Test
	void probeSeesMovesAndClearsAll() {
		fill(12);
		this.template.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDelay(Duration.ofHours(1)));
		this.queue.dequeue(2, Duration.ZERO);
		this.queue.pause();
		assertThat(this.queue.probe().peek(TaskState.PENDING, 100)).hasSize(10);
		assertThat(this.queue.probe().makeDue()).isEqualTo(1);
		this.queue.probe().clear();
		assertThat(this.queue.stats()).extracting(QueueStats::tasks, QueueStats::paused).containsExactly(0L, false);
		fill(50);
		assertThat(this.queue.dequeue(50, Duration.ZERO).tasks()).hasSize(40);
	}

	@Test
	void tasksOfPartitionsThatAreNoLongerWrittenAreFoundAndTaken() {
		Set<String> ids = new HashSet<>(fill(60));
		RedisQueue plain = this.fixture.queueOfAnother(spread(1));
		String last = ids.iterator().next();
		assertThat(plain.task(last)).isPresent();
		assertThat(plain.stats().pending()).isEqualTo(60);
		Set<String> taken = new HashSet<>();
		while (taken.size() < 60) {
			List<LeasedTask> tasks = plain.dequeue(30, Duration.ofSeconds(20)).tasks();
			assertThat(tasks).isNotEmpty();
			tasks.forEach((task) -> taken.add(task.id()));
			plain.release(tasks.toArray(LeasedTask[]::new));
		}
		assertThat(taken).isEqualTo(ids);
	}

	@Test
	void tasksOfThePlainQueueAreTakenOnceThereArePartitions() {
		ArqueClient plain = this.fixture.newClient(spread(1));
		List<String> ids = new ArrayList<>(
				new ArqueTemplate(plain).enqueueAll(this.fixture.name(), Collections.nCopies(20, "x")));
		LeasedTask leased = plain.queue(this.fixture.name()).dequeue(1, Duration.ZERO).tasks().get(0);
		ids.addAll(fill(19));
		this.queue.release(leased);
		List<String> taken = new ArrayList<>(List.of(leased.id()));
		while (taken.size() < 39) {
			List<LeasedTask> more = this.queue.dequeue(50, Duration.ofSeconds(20)).tasks();
			assertThat(more).isNotEmpty();
			more.forEach((task) -> taken.add(task.id()));
			this.queue.release(more.toArray(LeasedTask[]::new));
		}
		assertThat(taken).containsExactlyInAnyOrderElementsOf(ids);
		assertThat(this.queue.stats().tasks()).isZero();
	}

	@Test
	void plainQueueMakesNoCallAndHasNoKeyForIt() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueClient plain = this.fixture.newClient(spread(1), tap.factory(), ArqueMetrics.NONE);
		RedisQueue tapped = plain.queue(this.fixture.name());
		new ArqueTemplate(plain).enqueueAll(this.fixture.name(), List.of("a", "b"));
		LeasedTask task = tapped.dequeue(2, Duration.ZERO).tasks().get(0);
		tapped.release(task);
		tapped.stats();
		assertThat(tap.calls()).hasSize(4);
		assertThat(this.fixture.redis().keys(QueueFixture.KEY_PREFIX + ":{" + this.fixture.name() + "*"))
			.allSatisfy((key) -> assertThat(key).startsWith(this.fixture.key("")).doesNotEndWith("ledger"));
	}

}
