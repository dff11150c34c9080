package io.arque.redis;

import java.time.Duration;
import java.util.List;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics.Event;
import io.arque.FailedTask;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.test.LogCapture;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of a task whose lease has expired.
 */
class ReclaimTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void crashIsCountedApartFromAttempts() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(1).maxCrashes(2));
		LeasedTask crashed = lease(queue);
		this.fixture.expire(crashed);
		LeasedTask again = lease(queue);
		assertThat(again.id()).isEqualTo(id);
		assertThat(again.attempt()).isEqualTo(2);
		assertThat(again.delivery().crashes()).isEqualTo(1);
		assertThat(again.delivery().dequeuedAt()).isAfterOrEqualTo(crashed.delivery().dequeuedAt());
		assertThat(this.fixture.counted(Event.CRASHED)).isEqualTo(1);
		queue.requeue(again, Duration.ZERO);
		assertThat(this.fixture.stateOf(id)).as("its one attempt is spent").isEqualTo(TaskState.FAILED);
	}

	@Test
	@OnePartition("There is no order over partitions")
	void reclaimedTasksComeFirstAndInTheirOrder() {
		enqueue("a");
		enqueue("b");
		RedisQueue queue = this.fixture.queue();
		LeasedTask first = lease(queue);
		LeasedTask second = lease(queue);
		enqueue("c");
		this.fixture.expire(first, second);
		assertThat(queue.dequeue(5, Duration.ZERO).tasks()).extracting((task) -> task.payload().text())
			.containsExactly("a", "b", "c");
	}

	@Test
	void taskThatCrashedTooOftenMovesToFailed() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(50).maxCrashes(2));
		for (int crash = 1; crash <= 2; crash++) {
			this.fixture.expire(lease(queue));
		}
		assertThat(queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
		FailedTask failed = queue.failed().get(id).orElseThrow();
		assertThat(failed.error().type()).isEqualTo("io.arque.WorkerCrashed");
		assertThat(failed.error().message()).contains("2 times");
		assertThat(failed.delivery().crashes()).isEqualTo(2);
		assertThat(queue.stats()).extracting(QueueStats::tasks, QueueStats::failed).containsExactly(0L, 1L);
	}

	@Test
	@OnePartition("Changes keys by hand")
	void leaseWhoseStateCannotBeReadIsLostAndNotReclaimed() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queue();
		LeasedTask task = queue.dequeue(1, Duration.ZERO).tasks().get(0);
		this.fixture.redis().opsForHash().put(this.fixture.key("state"), id, new byte[] { 1, 0, 0 });
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> queue.release(task));
		this.fixture.expire(task);
		assertThat(queue.sweep().reclaimed()).isZero();
		assertThat(queue.stats()).extracting(QueueStats::pending, QueueStats::working).containsExactly(0L, 1L);
	}

	@Test
	@OnePartition("Changes keys by hand")
	void leaseWithoutABodyIsClearedAwayWhenItExpires() {
		String id = enqueue("x");
		RedisQueue queue = this.fixture.queue();
		LeasedTask task = queue.dequeue(1, Duration.ZERO).tasks().get(0);
		this.fixture.redis().opsForHash().delete(this.fixture.key("tasks"), id);
		this.fixture.expire(task);
		try (LogCapture log = new LogCapture("io.arque.queue")) {
			assertThat(queue.sweep().reclaimed()).isZero();
			assertThat(log.messages(Level.ERROR)).singleElement()
				.asString()
				.contains(this.fixture.name(), "1 leased tasks had no body");
		}
		assertThat(queue.stats().working()).isZero();
		assertThat(this.fixture.dump().values("state/")).isEmpty();
	}

	private String enqueue(String payload) {
		return this.fixture.template().enqueue(this.fixture.name(), payload);
	}

	private static LeasedTask lease(RedisQueue queue) {
		List<LeasedTask> tasks = queue.dequeue(1, Duration.ZERO).tasks();
		assertThat(tasks).hasSize(1);
		return tasks.get(0);
	}

}
