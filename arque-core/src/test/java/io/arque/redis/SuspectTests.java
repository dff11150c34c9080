package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tasks that may be what kills their workers.
 */
class SuspectTests {

	private static final int MANY = 150;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void neighboursThatDieTogetherWithAKillerAgainAndAgainAreNotFailed() {
		String killer = this.fixture.template().enqueue(this.fixture.name(), "kills");
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(99, "neighbour"));
		RedisQueue queue = crashing(3);
		int deaths = 0;
		while (queue.stats().tasks() > 0) {
			List<LeasedTask> tasks = queue.dequeue(100, Duration.ZERO).tasks();
			if (tasks.stream().anyMatch((task) -> task.id().equals(killer))) {
				deaths++;
				this.fixture.expire(tasks);
			}
			else {
				queue.release(tasks.toArray(LeasedTask[]::new));
			}
		}
		assertThat(deaths).isEqualTo(3);
		assertThat(queue.failed().list(0, 200)).extracting(FailedTask::id).containsExactly(killer);
	}

	@Test
	@OnePartition("There is no order over partitions")
	void dequeueGivesOneSuspectAndLeavesTheOthersAtTheHead() {
		RedisQueue queue = crashing(2);
		enqueue("s1", "s2", "s3");
		expireAll(queue);
		enqueue("a", "b");
		assertThat(payloads(queue.dequeue(10, Duration.ZERO).tasks())).containsExactly("s1", "a", "b");
		enqueue("c");
		assertThat(payloads(queue.dequeue(10, Duration.ZERO).tasks())).containsExactly("s2", "c");
		assertThat(payloads(queue.dequeue(10, Duration.ZERO).tasks())).containsExactly("s3");
	}

	@Test
	@OnePartition("A consumer of one partition")
	void consumerThatHasASuspectGetsAllButSuspects() {
		RedisQueue queue = crashing(2);
		enqueue("s1", "s2");
		expireAll(queue);
		enqueue("a");
		QueueConsumer consumer = queue.consumer();
		Fetched fetched = consumer.dequeue(new Fetch(10, Join.WHEN_SHORT, false, false, List.of()));
		assertThat(payloads(fetched.tasks())).containsExactly("a");
		assertThat(fetched.more()).as("work for this consumer").isFalse();
		Fetched next = consumer.dequeue(new Fetch(10, Join.WHEN_SHORT, false, true, List.of()));
		assertThat(payloads(next.tasks())).containsExactly("s1");
	}

	@Test
	@OnePartition("There is no order over partitions")
	void oneCrashMakesNoSuspectsWhereMoreAreAllowed() {
		RedisQueue queue = crashing(3);
		enqueue("a", "b");
		expireAll(queue);
		assertThat(payloads(takeAll(queue))).containsExactly("a", "b");
	}

	@Test
	void newTasksAreReachedBehindManySuspects() {
		RedisQueue queue = crashing(2);
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(MANY, "s"));
		expireAll(queue);
		enqueue("a");
		assertThat(payloads(takeAll(queue))).contains("a");
	}

	private RedisQueue crashing(int maxCrashes) {
		return this.fixture
			.queueOfAnother(TestSettings.settings().workingLimit(500).maxAttempts(50).maxCrashes(maxCrashes));
	}

	private void enqueue(String... payloads) {
		for (String payload : payloads) {
			this.fixture.template().enqueue(this.fixture.name(), payload);
		}
	}

	private void expireAll(RedisQueue queue) {
		this.fixture.expire(takeAll(queue));
	}

	/** Several calls: one takes 200 tasks and reclaims 100 at the most. */
	private static List<LeasedTask> takeAll(RedisQueue queue) {
		List<LeasedTask> all = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			all.addAll(queue.dequeue(200, Duration.ZERO).tasks());
		}
		return all;
	}

	private static List<String> payloads(List<LeasedTask> tasks) {
		return tasks.stream().map((task) -> task.payload().text()).toList();
	}

}
