package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.arque.ArqueMetrics;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.TaskError;
import io.arque.TaskState;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class FailedTasksTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void listsPagesTheOldestFirst() {
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < 7; i++) {
			ids.add(fail("task " + i));
			this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
		}
		assertThat(this.fixture.queue().failed().list(0, 3)).extracting(FailedTask::id).isEqualTo(ids.subList(0, 3));
		assertThat(this.fixture.queue().failed().list(3, 3)).extracting(FailedTask::id).isEqualTo(ids.subList(3, 6));
		assertThat(this.fixture.queue().failed().list(6, 3)).extracting(FailedTask::id).isEqualTo(ids.subList(6, 7));
		assertThat(this.fixture.queue().failed().list(7, 3)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "-1, 5", "0, 0", "0, 501" })
	void refusesPagesOutOfRange(int offset, int count) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.queue().failed().list(offset, count))
			.withMessageContaining("500");
	}

	@Test
	@OnePartition("Works with one partition by hand")
	void readsNoMoreThan4MegabytesAPage() {
		RedisQueue queue = this.fixture
			.queueOfAnother(TestSettings.settings().deadLetter(100, 100_000_000, Duration.ofDays(1)));
		for (int i = 0; i < 3; i++) {
			this.fixture.template().enqueue(this.fixture.name(), new byte[1_900_000]);
			queue.reject(queue.dequeue(1, Duration.ZERO).tasks().get(0), "for good");
		}
		assertThat(queue.failed().list(0, 10)).hasSize(2);
		assertThat(queue.failed().list(2, 10)).hasSize(1);
	}

	@Test
	void findsOneByItsIdAndByItsReference() {
		Instant before = this.fixture.redisTime();
		EnqueueOptions options = EnqueueOptions.none()
			.withId("mine")
			.withHeader("trace", "abc")
			.withMaxAttempts(8)
			.withTaskTimeout(Duration.ofSeconds(3));
		this.fixture.template().enqueue(this.fixture.name(), "payload", options);
		LeasedTask task = lease();
		reject(task);
		FailedTask failed = this.fixture.queue().failed().get("mine").orElseThrow();
		assertThat(failed.id()).isEqualTo("mine");
		assertThat(failed.reference()).isEqualTo(task.lease().reference());
		assertThat(failed.failedAt()).isBetween(before, this.fixture.redisTime());
		assertThat(failed.delivery()).isEqualTo(task.delivery());
		assertThat(failed.headers()).containsExactly(Map.entry("trace", "abc"));
		assertThat(failed.payload().text()).isEqualTo("payload");
		FailedTask byReference = this.fixture.queue().failed().get(task.lease().reference()).orElseThrow();
		assertThat(byReference.id()).isEqualTo("mine");
		assertThat(this.fixture.queue().failed().get("another")).isEmpty();
	}

	@Test
	void findsNoLivingTask() {
		String id = this.fixture.template().enqueue(this.fixture.name(), "x", EnqueueOptions.none().withId("mine"));
		assertThat(this.fixture.queue().failed().get(id)).isEmpty();
		assertThat(this.fixture.queue().failed().redrive(id)).isFalse();
		assertThat(this.fixture.queue().failed().delete(id)).isFalse();
		assertThat(this.fixture.stateOf(id)).isEqualTo(TaskState.PENDING);
	}

	@Test
	void keepsTypeMessageAndTraceOfTheError() {
		TaskError error = TaskError.of(new IllegalStateException("what\0went wrong: ä€😀"));
		String id = failWith(error);
		TaskError kept = this.fixture.queue().failed().get(id).orElseThrow().error();
		assertThat(kept.type()).isEqualTo(IllegalStateException.class.getName());
		assertThat(kept.message()).isEqualTo("what went wrong: ä€😀");
		assertThat(kept.stackTrace()).contains("keepsTypeMessageAndTraceOfTheError");
	}

	@ParameterizedTest
	@CsvSource({ "a", "ä", "€", "😀", "x😀" })
	@OnePartition("Works with one partition by hand")
	void boundsTheErrorTo8KilobytesAndCutsNoCharacter(String unit) {
		String id = failWith(new TaskError("T".repeat(300), unit.repeat(2500), unit.repeat(9000)));
		Object record = this.fixture.redis().opsForHash().get(this.fixture.key("errors"), id);
		assertThat((byte[]) record).hasSizeLessThanOrEqualTo(8192);
		TaskError kept = this.fixture.queue().failed().get(id).orElseThrow().error();
		assertThat(kept.type()).isEqualTo("T".repeat(256));
		assertThat(unit.repeat(2500)).startsWith(kept.message());
		assertThat(kept.message()).hasSizeBetween(2046, 2048);
		assertThat(unit.repeat(9000)).startsWith(kept.stackTrace());
		int bytes = (kept.message() + kept.stackTrace()).getBytes(StandardCharsets.UTF_8).length;
		assertThat(bytes).isBetween(8192 - 256 - 10, 8192);
	}

	@Test
	void redriveGivesFreshAttempts() {
		this.fixture.template()
			.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withId("mine").withMaxAttempts(2));
		for (int attempt = 1; attempt <= 2; attempt++) {
			this.fixture.queue().requeue(lease(), Duration.ZERO);
		}
		assertThat(this.fixture.queue().failed().redrive("mine")).isTrue();
		assertThat(this.fixture.queue().failed().redrive("mine")).isFalse();
		for (int attempt = 1; attempt <= 2; attempt++) {
			LeasedTask task = lease();
			assertThat(task.id()).isEqualTo("mine");
			assertThat(task.attempt()).isEqualTo(attempt);
			assertThat(task.delivery().maxAttempts()).isEqualTo(2);
			this.fixture.queue().requeue(task, Duration.ZERO);
		}
		assertThat(this.fixture.stateOf("mine")).isEqualTo(TaskState.FAILED);
	}

	@Test
	void redriveByReferenceFreesNothingThatBelongsToAnother() {
		String first = failWithId("mine");
		String second = failWithId("mine");
		assertThat(this.fixture.queue().failed().redrive(first)).isTrue();
		assertThat(this.fixture.stateOf("mine")).isEqualTo(TaskState.PENDING);
		assertThatExceptionOfType(DuplicateTaskException.class)
			.isThrownBy(() -> this.fixture.queue().failed().redrive(second));
	}

	@Test
	void redriveOfAnIdThatLivesAgainIsRefusedAndStays() {
		String reference = failWithId("mine");
		this.fixture.template().enqueue(this.fixture.name(), "second", EnqueueOptions.none().withId("mine"));
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DuplicateTaskException.class)
			.isThrownBy(() -> this.fixture.queue().failed().redrive(reference))
			.withMessageContaining(reference)
			.withMessageContaining("stays in failed");
		assertThat(this.fixture.dump().without("lane:")).isEqualTo(before.without("lane:"));
		this.fixture.queue().release(lease());
		assertThat(this.fixture.queue().failed().redrive(reference)).isTrue();
		assertThat(lease().id()).isEqualTo("mine");
	}

	@Test
	void redrivesAllButThoseWhoseIdLives() {
		for (int i = 0; i < 450; i++) {
			failWithId("id " + i);
		}
		for (int i = 100; i < 350; i++) {
			this.fixture.template().enqueue(this.fixture.name(), "again", EnqueueOptions.none().withId("id " + i));
		}
		assertThat(this.fixture.queue().failed().redriveAll()).isEqualTo(200);
		assertThat(this.fixture.queue().stats()).extracting(QueueStats::failed, QueueStats::pending)
			.containsExactly(250L, 450L);
	}

	@ParameterizedTest
	@CsvSource({ "true", "false" })
	@OnePartition("Works with one partition by hand")
	void movesOnlyWhatFailedBeforeTheCall(boolean redrive) {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		RedisQueue tapped = this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE)
			.queue(this.fixture.name());
		this.fixture.template().enqueue(this.fixture.name(), "fails meanwhile");
		LeasedTask later = lease();
		for (int i = 0; i < 250; i++) {
			fail("x");
		}
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
		tap.beforeEachCall((call) -> {
			if (tap.calls().size() == 1) { // answered, however often it had to be sent
				tap.beforeEachCall((another) -> {
				});
				this.fixture.awaitRedisTimeAfter(this.fixture.redisTime());
				reject(later);
			}
		});
		assertThat(redrive ? tapped.failed().redriveAll() : tapped.failed().purge()).isEqualTo(250);
		assertThat(tapped.failed().list(0, 10)).extracting(FailedTask::id).containsExactly(later.id());
	}

	@Test
	void deletesOneByIdAndByReference() {
		failWithId("mine");
		String other = fail("other");
		assertThat(this.fixture.queue().failed().delete("mine")).isTrue();
		assertThat(this.fixture.queue().failed().delete("mine")).isFalse();
		assertThat(this.fixture.queue().failed().delete(other)).isTrue();
		assertNothingIsLeft();
	}

	@Test
	void purgeLeavesNothingBehind() {
		for (int i = 0; i < 420; i++) {
			failWithId("id " + i);
		}
		assertThat(this.fixture.queue().stats().failedBytes()).isPositive();
		assertThat(this.fixture.queue().failed().purge()).isEqualTo(420);
		assertNothingIsLeft();
	}

	@Test
	void redriveTakesItsBytesOutOfFailed() {
		fail("payload");
		failWithId("mine");
		long both = this.fixture.queue().stats().failedBytes();
		assertThat(this.fixture.queue().failed().redrive("mine")).isTrue();
		assertThat(this.fixture.queue().stats().failedBytes()).isBetween(1L, both - 1);
		assertThat(this.fixture.queue().failed().redriveAll()).isEqualTo(1);
		assertThat(this.fixture.queue().stats().failedBytes()).isZero();
	}

	private void assertNothingIsLeft() {
		assertThat(this.fixture.queue().stats())
			.extracting(QueueStats::failed, QueueStats::failedBytes, QueueStats::dropped, QueueStats::tasks)
			.containsExactly(0L, 0L, 0L, 0L);
		assertThat(this.fixture.dump().without("lane:", "config/", "ledger/").entries()).isEmpty();
	}

	private String fail(String payload) {
		String id = this.fixture.template().enqueue(this.fixture.name(), payload);
		reject(lease());
		return id;
	}

	private String failWithId(String id) {
		this.fixture.template().enqueue(this.fixture.name(), "payload", EnqueueOptions.none().withId(id));
		LeasedTask task = lease();
		reject(task);
		return task.lease().reference();
	}

	private String failWith(TaskError error) {
		String id = this.fixture.template().enqueue(this.fixture.name(), "payload");
		this.fixture.queue().settle(List.of(Settlement.reject(lease(), error)));
		return id;
	}

	private void reject(LeasedTask task) {
		this.fixture.queue().reject(task, "for good");
	}

	private LeasedTask lease() {
		return this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
	}

}
