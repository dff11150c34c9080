package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.arque.EnqueueAllException;
import io.arque.LeasedTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Many tasks at once, where a queue has partitions: there are calls to each of them.
 */
class PartitionedBulkTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final ArqueClient client = this.fixture
		.newClient(TestSettings.settings().workingLimit(9000).maxCrashes(2).partitions(3));

	private final RedisQueue queue = this.client.queue(this.fixture.name());

	private List<String> enqueueAll(int tasks) {
		return new ArqueTemplate(this.client).enqueueAll(this.fixture.name(),
				IntStream.range(0, tasks).boxed().toList());
	}

	private List<LeasedTask> leaseAll() {
		List<LeasedTask> all = new ArrayList<>();
		for (List<LeasedTask> some = lease(200); !some.isEmpty(); some = lease(200)) {
			all.addAll(some);
		}
		return all;
	}

	private List<LeasedTask> lease(int max) {
		return this.queue.dequeue(max, Duration.ZERO).tasks();
	}

	private static int number(LeasedTask task) {
		return Integer.parseInt(task.payload().text());
	}

	@Test
	void idsAreInTheOrderOfThePayloadsAndEachPartitionKeepsIt() {
		List<String> ids = enqueueAll(4000);
		List<LeasedTask> tasks = leaseAll();
		assertThat(tasks).hasSize(4000).allMatch((task) -> ids.get(number(task)).equals(task.id()));
		Map<String, List<Integer>> numbers = new HashMap<>();
		tasks.forEach((task) -> numbers.computeIfAbsent(task.lease().partition(), (tag) -> new ArrayList<>())
			.add(number(task)));
		assertThat(numbers.values()).hasSize(3)
			.allSatisfy((own) -> assertThat(own).hasSizeGreaterThan(1000).isSorted());
	}

	@Test
	void tellsWhichTasksAreInWhenOnePartitionRefuses() {
		enqueueAll(1);
		leaseAll().forEach(this.queue::release);
		String broken = QueueFixture.KEY_PREFIX + ":{" + this.queue.partitions().get(1).tag() + "}:delayed";
		this.fixture.redis().opsForValue().set(broken, new byte[] { 1 });
		EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class, () -> enqueueAll(6000));
		assertThat(ex).hasCauseInstanceOf(DataAccessException.class);
		assertThat(ex.uncertain()).isNotEmpty()
			.allMatch((id) -> this.queue.partition(id) == this.queue.partitions().get(1));
		this.fixture.redis().delete(broken);
		assertThat(leaseAll()).extracting(LeasedTask::id).containsExactlyInAnyOrderElementsOf(ex.enqueued());
	}

	@Test
	void fewTasksOfAllPartitionsAreSentByTheirCaller() {
		assertThat(enqueueAll(7)).hasSize(7);
		assertThat(leaseAll()).extracting(PartitionedBulkTests::number).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
	}

	@Test
	void allPartitionsTogetherGiveOneSuspectAtATime() {
		enqueueAll(9);
		this.fixture.expire(leaseAll());
		this.queue.sweep();
		for (int i = 0; i < 9; i++) {
			assertThat(lease(9)).singleElement()
				.satisfies((task) -> assertThat(task.delivery().crashes()).isEqualTo(1))
				.satisfies(this.queue::release);
		}
		assertThat(lease(9)).isEmpty();
	}

}
