package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import io.arque.ArqueMetrics.Event;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CustomIdTests {

	private static final String ID = "invoice:42";

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@ParameterizedTest
	@EnumSource(value = TaskState.class, names = { "PENDING", "DELAYED", "WORKING" })
	void keepsTheLivingTask(TaskState state) {
		bringTo(state);
		QueueDump before = this.fixture.dump();
		assertThat(enqueue("second", OnDuplicate.KEEP)).isEqualTo(ID);
		assertThat(this.fixture.dump().without("lane:")).isEqualTo(before.without("lane:"));
		assertThat(this.fixture.stateOf(ID)).isEqualTo(state);
		assertThat(this.fixture.counted(Event.ENQUEUED)).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource(value = TaskState.class, names = { "PENDING", "DELAYED", "WORKING" })
	void refusesASecondTask(TaskState state) {
		bringTo(state);
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DuplicateTaskException.class).isThrownBy(() -> enqueue("second", OnDuplicate.REJECT))
			.withMessageContaining(ID)
			.withMessageContaining(this.fixture.name())
			.satisfies((ex) -> assertThat(ex.id()).isEqualTo(ID));
		assertThat(this.fixture.dump().without("lane:")).isEqualTo(before.without("lane:"));
	}

	@ParameterizedTest
	@CsvSource({ "PENDING, second, other", "DELAYED, other, second" })
	@OnePartition("There is no order over partitions")
	void replacesPendingTaskInItsPlaceAndDelayedTaskAtTheEnd(TaskState state, String head, String tail) {
		bringTo(state);
		this.fixture.template().enqueue(this.fixture.name(), "other");
		assertThat(enqueue("second", OnDuplicate.REPLACE)).isEqualTo(ID);
		QueueStats stats = this.fixture.queue().stats();
		assertThat(stats.pending()).isEqualTo(2);
		assertThat(stats.delayed()).isZero();
		assertThat(payloads(lease())).containsExactly(head, tail);
		assertThat(this.fixture.queue().stats().tasks()).isEqualTo(2);
	}

	@Test
	void replacementOfARequeuedPendingTaskStartsAnew() {
		this.fixture.template()
			.enqueue(this.fixture.name(), "first", EnqueueOptions.none().withId(ID).withMaxAttempts(2));
		this.fixture.queue().requeue(lease().get(0), Duration.ZERO);
		enqueue("second", OnDuplicate.REPLACE);
		LeasedTask task = lease().get(0);
		assertThat(task.payload().text()).isEqualTo("second");
		assertThat(task.attempt()).isEqualTo(1);
		assertThat(task.delivery().maxAttempts()).isNull();
		assertThat(this.fixture.queue().task(ID).orElseThrow().requeues()).isZero();
	}

	@Test
	void replacementOfADelayedTaskStartsAnew() {
		this.fixture.template()
			.enqueue(this.fixture.name(), "first", EnqueueOptions.none().withId(ID).withMaxAttempts(2));
		this.fixture.queue().requeue(lease().get(0), Duration.ofMinutes(3));
		enqueue("second", OnDuplicate.REPLACE);
		LeasedTask task = lease().get(0);
		assertThat(task.attempt()).isEqualTo(1);
		assertThat(task.delivery().maxAttempts()).isNull();
	}

	@Test
	void replacesByADelayedTask() {
		enqueue("first", OnDuplicate.KEEP);
		this.fixture.template()
			.enqueue(this.fixture.name(), "second",
					EnqueueOptions.none()
						.withId(ID)
						.withDelay(Duration.ofMinutes(9))
						.withOnDuplicate(OnDuplicate.REPLACE));
		assertThat(this.fixture.stateOf(ID)).isEqualTo(TaskState.DELAYED);
		assertThat(lease()).isEmpty();
		assertThat(this.fixture.queue().stats()).extracting(QueueStats::pending, QueueStats::delayed)
			.containsExactly(0L, 1L);
	}

	@Test
	void doesNotReplaceTaskThatIsBeingWorkedOn() {
		bringTo(TaskState.WORKING);
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DuplicateTaskException.class).isThrownBy(() -> enqueue("second", OnDuplicate.REPLACE))
			.withMessageContaining("worked on");
		assertThat(this.fixture.dump().without("lane:")).isEqualTo(before.without("lane:"));
	}

	@ParameterizedTest
	@EnumSource(OnDuplicate.class)
	void deadLetterDoesNotBlockItsId(OnDuplicate onDuplicate) {
		bringTo(TaskState.FAILED);
		assertThat(enqueue("second", onDuplicate)).isEqualTo(ID);
		assertThat(this.fixture.stateOf(ID)).isEqualTo(TaskState.PENDING);
		List<LeasedTask> leased = lease();
		assertThat(payloads(leased)).containsExactly("second");
		this.fixture.queue().release(leased.get(0));
		assertThat(this.fixture.queue().failed().list(0, 10)).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource(OnDuplicate.class)
	void idIsFreeAgainWhenItsTaskIsReleased(OnDuplicate onDuplicate) {
		enqueue("first", OnDuplicate.KEEP);
		this.fixture.queue().release(lease().get(0));
		assertThat(this.fixture.queue().task(ID)).isEmpty();
		assertThat(this.fixture.dump().values("ids/")).isEmpty();
		enqueue("second", onDuplicate);
		assertThat(payloads(lease())).containsExactly("second");
	}

	@ParameterizedTest
	@CsvSource({ "KEEP, AK, first", "REPLACE, AR, second", "REJECT, AD, first" })
	void treatsDuplicatesWithinOneCallLikeThoseOfTwoCalls(OnDuplicate onDuplicate, String statuses, String left) {
		assertThat(enqueue(newTask("first", onDuplicate, Duration.ZERO), newTask("second", onDuplicate, Duration.ZERO)))
			.isEqualTo(statuses);
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(1);
		assertThat(payloads(lease())).containsExactly(left);
		assertThat(this.fixture.queue().stats().tasks()).isEqualTo(1);
	}

	@Test
	void replacesDelayedTaskOfTheSameCall() {
		Duration delay = Duration.ofMinutes(4);
		String statuses = enqueue(newTask("first", OnDuplicate.REPLACE, delay),
				newTask("second", OnDuplicate.REPLACE, delay), newTask("third", OnDuplicate.REPLACE, Duration.ZERO));
		assertThat(statuses).isEqualTo("ARR");
		assertThat(this.fixture.queue().stats()).extracting(QueueStats::pending, QueueStats::delayed)
			.containsExactly(1L, 0L);
		assertThat(this.fixture.dump().values("delayed/")).isEmpty();
		assertThat(payloads(lease())).containsExactly("third");
	}

	@Test
	void idsOfOneQueueDoNotBlockThoseOfAnother() {
		enqueue("first", OnDuplicate.REJECT);
		QueueFixture other = new QueueFixture();
		try {
			assertThat(other.template()
				.enqueue(other.name(), "x", EnqueueOptions.none().withId(ID).withOnDuplicate(OnDuplicate.REJECT)))
				.isEqualTo(ID);
		}
		finally {
			other.afterEach(null);
		}
	}

	private void bringTo(TaskState state) {
		EnqueueOptions options = EnqueueOptions.none().withId(ID);
		this.fixture.template()
			.enqueue(this.fixture.name(), "first",
					(state == TaskState.DELAYED) ? options.withDelay(Duration.ofMinutes(5)) : options);
		if (state == TaskState.WORKING || state == TaskState.FAILED) {
			LeasedTask task = lease().get(0);
			if (state == TaskState.FAILED) {
				this.fixture.queue().reject(task, "for good");
			}
		}
		assertThat(this.fixture.stateOf(ID)).isEqualTo(state);
	}

	private String enqueue(String payload, OnDuplicate onDuplicate) {
		return this.fixture.template()
			.enqueue(this.fixture.name(), payload, EnqueueOptions.none().withId(ID).withOnDuplicate(onDuplicate));
	}

	private String enqueue(NewTask... tasks) {
		return this.fixture.queue().partition(tasks[0].id()).enqueue(List.of(tasks));
	}

	private NewTask newTask(String payload, OnDuplicate onDuplicate, Duration delay) {
		EnqueueOptions options = EnqueueOptions.none().withId(ID).withOnDuplicate(onDuplicate).withDelay(delay);
		String reference = this.fixture.client().instance().nextReference();
		return new NewTask(reference, TaskBody.write(reference, options, payload.getBytes(StandardCharsets.UTF_8)),
				options);
	}

	private List<LeasedTask> lease() {
		return this.fixture.queue().dequeue(5, Duration.ZERO).tasks();
	}

	private static List<String> payloads(List<LeasedTask> tasks) {
		return tasks.stream().map((task) -> task.payload().text()).toList();
	}

}
