package io.arque.redis;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.DequeueResult.Reason;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.TaskError;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The script has run, but its caller got an exception in place of the answer.
 */
@OnePartition("Loses the answer of one call after the other")
class LostAnswersTests {

	private static final TaskError ERROR = new TaskError("test.Failure", "why", "where");

	private static final EnqueueOptions MINE = EnqueueOptions.none().withId("mine").withOnDuplicate(OnDuplicate.REJECT);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());

	private ArqueClient client;

	private RedisQueue queue;

	@BeforeEach
	void makeClient() {
		this.client = this.fixture.newClient(TestSettings.settings(), this.tap.factory(), ArqueMetrics.NONE);
		this.queue = this.client.queue(this.fixture.name());
	}

	@Test
	void consumerGetsItsLeasesWhenItRepeatsItsFetch() {
		enqueue(5);
		QueueConsumer consumer = this.queue.consumer();
		Fetch fetch = new Fetch(3, Join.WHEN_SHORT, false, true, List.of());
		this.tap.loseNextAnswers(2);
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> consumer.dequeue(fetch));
		}
		QueueDump before = this.fixture.dump();
		Fetched fetched = consumer.dequeue(fetch);
		assertThat(this.fixture.dump()).isEqualTo(before);
		assertThat(fetched.tasks()).hasSize(3);
		assertThat(fetched.reason()).isEqualTo(Reason.NONE);
		assertThat(this.queue.stats().working()).isEqualTo(3);
		assertThat(fetched.tasks()).allSatisfy((task) -> assertThat(task.lease().deadline())
			.isEqualTo(this.queue.task(task.id()).orElseThrow().until()));
		fetched.tasks().forEach(this.queue::release);
	}

	@Test
	void leasesOfARepeatedFetchBeganWithTheCallThatGaveThem() {
		enqueue(2);
		QueueConsumer consumer = this.queue.consumer();
		Fetch fetch = new Fetch(1, Join.WHEN_SHORT, false, true, List.of());
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> consumer.dequeue(fetch));
		long given = System.nanoTime();
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(50));
		Fetched repeated = consumer.dequeue(fetch);
		assertThat(repeated.leasedNanos(repeated.tasks().get(0))).isLessThanOrEqualTo(given);
	}

	@Test
	void leasesOfARepeatedFetchThatHadNotArrivedAreNew() {
		enqueue(2);
		QueueConsumer consumer = this.queue.consumer();
		Fetch fetch = new Fetch(1, Join.WHEN_SHORT, false, true, List.of());
		this.tap.beforeNextCall(() -> {
			throw new RedisConnectionFailureException("away");
		});
		assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> consumer.dequeue(fetch));
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(50));
		long repeats = System.nanoTime();
		Fetched repeated = consumer.dequeue(fetch);
		assertThat(repeated.leasedNanos(repeated.tasks().get(0))).isGreaterThanOrEqualTo(repeats);
	}

	@Test
	void consumersSettlementsGetTheirFirstResults() {
		enqueue(3);
		QueueConsumer consumer = this.queue.consumer();
		List<LeasedTask> tasks = consumer.dequeue(new Fetch(3, Join.WHEN_SHORT, false, true, List.of())).tasks();
		Fetch fetch = new Fetch(0, Join.NEVER, false, true, List.of(Settlement.release(tasks.get(0)),
				Settlement.requeue(tasks.get(1), Duration.ZERO, ERROR), Settlement.reject(tasks.get(2), ERROR)));
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> consumer.dequeue(fetch));
		assertThat(consumer.dequeue(fetch).results()).containsExactly(Settlement.Result.DONE, Settlement.Result.DONE,
				Settlement.Result.FAILED);
	}

	@Test
	void nextDequeueByHandGivesTheLeasesOfTheLostAnswer() {
		enqueue(5);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> this.queue.dequeue(2, Duration.ZERO));
		assertThat(this.queue.stats().working()).isEqualTo(2);
		assertThat(this.queue.dequeue(3, Duration.ZERO).tasks()).extracting(LeasedTask::attempt).containsExactly(1, 1);
		assertThat(this.queue.stats().working()).isEqualTo(2);
		assertThat(this.queue.dequeue(3, Duration.ZERO).tasks()).hasSize(3);
	}

	@Test
	void tasksOfALostAnswerThatAreMoreThanAskedForAreNotKept() {
		enqueue(3);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> this.queue.dequeue(3, Duration.ZERO));
		for (int i = 0; i < 3; i++) {
			assertThat(this.queue.dequeue(1, Duration.ZERO).tasks()).singleElement()
				.satisfies((task) -> assertThat(task.attempt()).isEqualTo(1));
		}
		assertThat(this.queue.dequeue(1, Duration.ZERO).tasks()).isEmpty();
		assertThat(this.queue.stats().working()).isEqualTo(3);
	}

	@Test
	void taskThatIsEnqueuedAgainIsNotRefusedBecauseOfItself() {
		ArqueTemplate template = new ArqueTemplate(this.client);
		this.tap.loseNextAnswers(2);
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(QueryTimeoutException.class)
				.isThrownBy(() -> template.enqueue(this.fixture.name(), "first", MINE));
		}
		assertThat(template.enqueue(this.fixture.name(), "first", MINE)).isEqualTo("mine");
		assertThat(this.queue.stats().pending()).isEqualTo(1);
		assertThatExceptionOfType(DuplicateTaskException.class).as("once that was answered")
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "first", MINE));
	}

	@Test
	void anotherTaskOfTheSameIdIsRefusedAlsoAfterALostAnswer() {
		ArqueTemplate template = new ArqueTemplate(this.client);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "first", MINE));
		assertThatExceptionOfType(DuplicateTaskException.class)
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "second", MINE));
	}

	@Test
	void sameTaskOfAnotherCallerIsRefusedAlsoAfterALostAnswer() {
		ArqueTemplate template = new ArqueTemplate(this.client);
		this.tap.beforeNextCall(() -> {
			throw new RedisConnectionFailureException("away");
		});
		assertThatExceptionOfType(RedisConnectionFailureException.class)
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "first", MINE));
		this.fixture.template().enqueue(this.fixture.name(), "first", MINE);
		assertThatExceptionOfType(DuplicateTaskException.class)
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "first", MINE));
	}

	static Stream<Named<BiConsumer<RedisQueue, LeasedTask>>> verbs() {
		return Stream.of(Named.of("release", RedisQueue::release),
				Named.of("requeue", (queue, task) -> queue.requeue(task, Duration.ofSeconds(9))),
				Named.of("hand back", RedisQueue::handBack),
				Named.of("reject", (queue, task) -> queue.reject(task, "why")));
	}

	@ParameterizedTest
	@MethodSource("verbs")
	void settlementByHandIsNotToldOfALeaseThatItGaveUpItself(BiConsumer<RedisQueue, LeasedTask> verb) {
		enqueue(1);
		LeasedTask task = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> verb.accept(this.queue, task));
		QueueDump before = this.fixture.dump();
		verb.accept(this.queue, task);
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void anotherVerbAfterALostAnswerIsToldThatTheLeaseIsGone() {
		enqueue(1);
		LeasedTask task = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> this.queue.requeue(task, Duration.ZERO));
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> this.queue.release(task));
		assertThat(this.fixture.stateOf(task.id())).isEqualTo(TaskState.PENDING);
	}

	@Test
	void settlementCallThatWasAnsweredIsNotSentAgain() {
		enqueue(2);
		List<LeasedTask> tasks = this.queue.dequeue(2, Duration.ZERO).tasks();
		this.queue.release(tasks.get(1));
		SettlementCall call = new SettlementCall(this.fixture.access(this.client),
				tasks.stream().map((task) -> Settlement.reject(task, ERROR)).toList());
		List<Settlement.Result> first = call.execute();
		assertThat(first).containsExactly(Settlement.Result.FAILED, Settlement.Result.LOST);
		int sent = this.tap.calls().size();
		assertThat(call.execute()).isEqualTo(first);
		assertThat(this.tap.calls()).hasSize(sent);
	}

	@Test
	void enqueueWithAnIdMayBeTriedAgain() {
		EnqueueOptions options = EnqueueOptions.none().withId("mine");
		ArqueTemplate template = new ArqueTemplate(this.client);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> template.enqueue(this.fixture.name(), "x", options));
		assertThat(template.enqueue(this.fixture.name(), "x", options)).isEqualTo("mine");
		assertThat(this.queue.stats().tasks()).isEqualTo(1);
	}

	@Test
	void laneOfALostAnswerIsNotUsedForOtherCalls() {
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> this.queue.workingLimit(7));
		this.tap.calls().get(0).again();
		this.queue.workingLimit(8);
		this.tap.calls().get(0).again(); // and late
		assertThat(this.queue.stats().workingLimit()).hasValue(8);
	}

	private void enqueue(int tasks) {
		for (int i = 0; i < tasks; i++) {
			this.fixture.template().enqueue(this.fixture.name(), "payload " + i);
		}
	}

}
