package io.arque.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.EnqueueOptions;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueSettings;
import io.arque.TaskState;
import io.arque.json.JsonPayloadConverter;
import io.arque.listener.TestApplication;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.QueueProbe.SeenTask;
import io.arque.redis.RedisQueue;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What users' tests rely on.
 */
class ArqueTesterTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static final QueueSettings SETTINGS = new QueueSettings(40, Duration.ofSeconds(20), Duration.ofSeconds(35),
			new QueueSettings.Retry(4, 5, Duration.ofMinutes(7), 1.5, Duration.ofMinutes(70), Duration.ofMillis(30)),
			QueueSettings.DeadLetter.DEFAULTS);

	private final LettuceConnectionFactory connections = RedisServers.newConnectionFactory();

	private final ArqueClient client = new ArqueClient(RedisServers.ofApplications(this.connections),
			new ArqueSettings("arque-test", 5_000_000, (name) -> SETTINGS),
			new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);

	private final ArqueTemplate arque = new ArqueTemplate(this.client);

	private final ArqueTester tester = new ArqueTester(this.client);

	private final String name = "tester-" + UUID.randomUUID();

	private final RedisQueue queue = this.client.queue(this.name);

	record Order(String article, int pieces) {
	}

	@AfterEach
	void disconnect() {
		this.tester.clear(this.name);
		this.connections.destroy();
	}

	@Test
	void showsWhatWasEnqueuedWithoutTakingIt() {
		Instant due = Instant.now().plusSeconds(777).truncatedTo(ChronoUnit.MILLIS);
		this.arque.enqueue(this.name, new Order("later", 4), EnqueueOptions.none().withDueAt(due));
		this.arque.enqueue(this.name, new Order("pen", 2));
		this.arque.enqueue(this.name, new Order("book", 3),
				EnqueueOptions.none().withId("order-9").withHeader("tenant", "eu").withMaxAttempts(7));
		List<SeenTask> tasks = this.tester.enqueued(this.name);
		assertThat(tasks).extracting(SeenTask::state)
			.containsExactly(TaskState.PENDING, TaskState.PENDING, TaskState.DELAYED);
		assertThat(tasks).extracting(SeenTask::until).containsExactly(null, null, due);
		assertThat(tasks.get(1).id()).isEqualTo("order-9");
		assertThat(tasks.get(1).headers()).isEqualTo(Map.of("tenant", "eu"));
		assertThat(tasks.get(1).delivery().maxAttempts()).isEqualTo(7);
		assertThat(tasks.get(1).delivery().attempt()).isZero();
		assertThat(this.tester.payloads(this.name, Order.class)).containsExactly(new Order("pen", 2),
				new Order("book", 3), new Order("later", 4));
		assertThat(this.queue.stats().pending()).isEqualTo(2);
		assertThat(this.queue.dequeue(5, Duration.ZERO).tasks()).hasSize(2);
		assertThat(this.tester.enqueued(this.name)).hasSize(1);
	}

	@Test
	void showsManyAndLargeTasksInTheirOrderAndPassesOverGhosts() {
		List<Integer> numbers = IntStream.range(0, 450).boxed().toList();
		this.arque.enqueueAll(this.name, numbers);
		assertThat(this.tester.payloads(this.name, Integer.class)).isEqualTo(numbers);
		this.tester.clear(this.name);
		EnqueueOptions mine = EnqueueOptions.none().withId("mine").withOnDuplicate(OnDuplicate.REPLACE);
		this.arque.enqueue(this.name, "ghost", mine);
		this.arque.enqueueAll(this.name, Collections.nCopies(3, "x".repeat(2_500_000)));
		this.arque.enqueue(this.name, "last", mine.withDelay(Duration.ofMinutes(9)));
		assertThat(this.tester.payloads(this.name, String.class)).hasSize(4).last().isEqualTo("last");
	}

	@Test
	void makesDelayedTasksDueInTheirOrder() {
		for (int minutes : new int[] { 9, 2, 5 }) {
			this.arque.enqueue(this.name, minutes, EnqueueOptions.none().withDelay(Duration.ofMinutes(minutes)));
		}
		assertThat(this.tester.makeDue(this.name)).isEqualTo(3);
		assertThat(this.queue.stats().delayed()).isZero();
		assertThat(this.queue.dequeue(9, Duration.ZERO).tasks()).extracting((task) -> task.payload().as(int.class))
			.containsExactly(2, 5, 9);
		assertThat(this.tester.makeDue(this.name)).isZero();
	}

	@Test
	void makesMoreTasksDueThanOneCallMoves() {
		for (int i = 0; i < 3; i++) {
			this.arque.enqueueAll(this.name, Collections.nCopies(400, "x"));
		}
		for (int i = 0; i < 6; i++) {
			this.queue.dequeue(200, Duration.ZERO)
				.tasks()
				.forEach((task) -> this.queue.requeue(task, Duration.ofHours(3)));
			this.queue.workingLimit(200);
		}
		long delayed = this.queue.stats().delayed();
		assertThat(delayed).isGreaterThan(1000);
		assertThat(this.tester.makeDue(this.name)).isEqualTo(delayed);
		assertThat(this.queue.stats().pending()).isEqualTo(1200);
	}

	@Test
	void makingDueWakesAListener() {
		try (TestApplication application = new TestApplication(this.connections, SETTINGS).withoutSlowLook()) {
			application.listen(this.name, (task, acknowledgement) -> {
			});
			this.arque.enqueue(this.name, "x", EnqueueOptions.none().withDelay(Duration.ofDays(2)));
			this.tester.makeDue(this.name);
			this.tester.awaitDrained(this.name, LONG);
		}
	}

	@Test
	void drainsThroughAllRetriesToTheDeadLetter() {
		AtomicInteger attempts = new AtomicInteger();
		try (TestApplication application = new TestApplication(this.connections, SETTINGS)) {
			application.listen(this.name, (task, acknowledgement) -> {
				attempts.incrementAndGet();
				throw new IllegalStateException("refused");
			});
			this.arque.enqueue(this.name, "x", EnqueueOptions.none().withDelay(Duration.ofHours(5)));
			this.tester.drain(this.name, LONG);
		}
		assertThat(attempts).hasValue(4);
		assertThat(this.queue.failed().list(0, 9)).singleElement()
			.satisfies((task) -> assertThat(task.error().message()).isEqualTo("refused"));
	}

	@Test
	void tellsWhatIsLeftWhenTimeIsOver() {
		this.arque.enqueue(this.name, "x", EnqueueOptions.none().withId("pending-one"));
		this.arque.enqueue(this.name, "x",
				EnqueueOptions.none().withId("delayed-one").withDelay(Duration.ofMinutes(3)));
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.tester.awaitDrained(this.name, Duration.ofMillis(60)))
			.withMessageContaining("Queue " + this.name + " is not drained after PT0.06S")
			.withMessageContaining("pending=1, delayed=1, working=0")
			.withMessageContaining("pending-one PENDING, attempt 0")
			.withMessageContaining("delayed-one DELAYED until ");
	}

	@Test
	void clearsAllThatAQueueHolds() {
		this.arque.enqueueAll(this.name, Collections.nCopies(4, "x"));
		this.arque.enqueue(this.name, "x", EnqueueOptions.none().withId("mine").withDelay(Duration.ofHours(1)));
		List<LeasedTask> leased = this.queue.dequeue(2, Duration.ZERO).tasks();
		this.queue.reject(leased.get(0), "why");
		this.queue.pause();
		this.queue.workingLimit(3);
		this.tester.clear(this.name);
		assertThat(this.queue.stats()).satisfies((stats) -> {
			assertThat(stats.tasks()).isZero();
			assertThat(stats.failed()).isZero();
			assertThat(stats.failedBytes()).isZero();
			assertThat(stats.paused()).isFalse();
			assertThat(stats.workingLimit()).isEmpty();
		});
		assertThat(this.queue.task("mine")).isEmpty();
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> this.queue.release(leased.get(1)));
	}

	@Test
	void listenerGoesOnAfterItsQueueWasCleared() {
		try (TestApplication application = new TestApplication(this.connections, SETTINGS).withoutSlowLook()) {
			application.listen(this.name, (task, acknowledgement) -> {
			});
			this.arque.enqueue(this.name, "before");
			this.tester.awaitDrained(this.name, LONG);
			this.queue.pause();
			this.arque.enqueue(this.name, "never taken");
			this.tester.clear(this.name);
			this.arque.enqueue(this.name, "after");
			this.tester.awaitDrained(this.name, LONG);
		}
	}

}
