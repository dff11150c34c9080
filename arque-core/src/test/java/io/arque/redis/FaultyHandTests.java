package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.test.FaultPlan;
import io.arque.test.FaultyProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Workers that are their own loop, and try again what got no answer in time.
 */
@Timeout(120)
class FaultyHandTests {

	private static final int TASKS = 150;

	private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(700);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final FaultyProxy proxy = FaultyProxy.beforeSharedServer();

	private final LettuceConnectionFactory connections = this.proxy.newConnectionFactory(COMMAND_TIMEOUT);

	private final ArqueClient client = this.fixture.newClient(TestSettings.settings(), this.connections,
			ArqueMetrics.NONE);

	private final RedisQueue queue = this.client.queue(this.fixture.name());

	private final Map<String, List<Integer>> deliveries = new ConcurrentHashMap<>();

	@AfterEach
	void close() {
		this.proxy.plan(FaultPlan.NONE);
		this.connections.destroy();
		this.proxy.close();
	}

	/**
	 * A fifth of the tasks each: released; requeued once; handed back once; rejected;
	 * extended and released. A lost lease would be thrown.
	 */
	@ParameterizedTest
	@ValueSource(longs = 11)
	void everyTaskTakesItsWayOnceWhileConnectionsBreakAndAnswersComeLate(long seed) throws Exception {
		this.fixture.template().enqueueAll(this.fixture.name(), IntStream.range(0, TASKS).boxed().toList());
		answered(this.queue::stats);
		this.proxy.plan(FaultPlan.random(seed, 8, 4, COMMAND_TIMEOUT.multipliedBy(2)));
		ExecutorService workers = Executors.newFixedThreadPool(4);
		try {
			List<Future<?>> running = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				running.add(workers.submit(this::work));
			}
			for (Future<?> each : running) {
				each.get();
			}
		}
		finally {
			workers.shutdownNow();
		}
		assertThat(this.proxy.faults()).isGreaterThan(5);
		QueueStats stats = this.fixture.queue().stats();
		assertThat(stats.tasks()).isZero();
		assertThat(stats.failed()).isEqualTo(TASKS / 5);
		assertThat(this.deliveries).hasSize(TASKS);
		this.deliveries.forEach((payload, attempts) -> {
			Integer[] expected = switch (Integer.parseInt(payload) % 5) {
				case 1 -> new Integer[] { 1, 2 };
				case 2 -> new Integer[] { 1, 1 };
				default -> new Integer[] { 1 };
			};
			assertThat(attempts).as("attempts of " + payload).containsExactly(expected);
		});
	}

	private void work() {
		while (this.fixture.queue().stats().tasks() > 0) {
			answered(() -> this.queue.dequeue(3, Duration.ofMillis(200))).tasks().forEach(this::settle);
		}
	}

	private void settle(LeasedTask task) {
		String payload = task.payload().text();
		List<Integer> attempts = this.deliveries.computeIfAbsent(payload,
				(key) -> Collections.synchronizedList(new ArrayList<>()));
		attempts.add(task.attempt());
		int way = (attempts.size() == 1) ? Integer.parseInt(payload) % 5 : 0;
		switch (way) {
			case 1 -> answered(() -> this.queue.requeue(task, Duration.ZERO));
			case 2 -> answered(() -> this.queue.handBack(task));
			case 3 -> answered(() -> this.queue.reject(task, "why"));
			case 4 -> {
				answered(() -> this.queue.extend(task, Duration.ofSeconds(50)));
				answered(() -> this.queue.release(task));
			}
			default -> answered(() -> this.queue.release(task));
		}
	}

	static Stream<ReplayScenario> verbs() {
		return ReplayScenario.all()
			.stream()
			.filter((each) -> List
				.of("release", "requeue", "requeue with delay", "hand back", "reject", "extend", "sweep", "pause",
						"resume", "limit", "no limit", "redrive of one", "delete", "enqueue of an id, KEEP",
						"enqueue of an id, REPLACE")
				.contains(each.name()));
	}

	@ParameterizedTest
	@MethodSource("verbs")
	void callWhoseAnswerComesTooLateCanBeMadeAgain(ReplayScenario scenario) {
		QueueFixture own = new QueueFixture(this.connections);
		try {
			ReplayStage stage = new ReplayStage(own);
			scenario.prepare().apply(new ReplayStage(this.fixture)).run(); // loads
																			// the
																			// scripts
			Runnable action = answered(() -> scenario.prepare().apply(stage));
			answered(stage.queue::stats);
			assertAnswerComesTooLate(action);
			QueueDump once = QueueDump.of(this.fixture.connectionFactory(), own.key(""));
			List<String> deliveries = answered(own::deliveries);
			answered(action);
			assertThat(QueueDump.of(this.fixture.connectionFactory(), own.key("")).ofTasks().entries().keySet())
				.isEqualTo(once.ofTasks().entries().keySet());
			assertThat(answered(own::deliveries)).as("attempts, crashes and requeues").isEqualTo(deliveries);
		}
		finally {
			own.afterEach(null);
		}
	}

	@Test
	void leasesOfAnAnswerThatComesTooLateAreGivenAgain() {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of("a", "b", "c"));
		answered(this.queue::stats);
		assertAnswerComesTooLate(() -> this.queue.dequeue(3, Duration.ZERO));
		assertThat(answered(() -> this.queue.dequeue(3, Duration.ZERO)).tasks()).extracting(LeasedTask::attempt)
			.containsExactly(1, 1, 1);
		assertThat(this.fixture.queue().stats().working()).isEqualTo(3);
	}

	@Test
	void enqueuesThatAreTriedAgainAreNotDoubled() {
		answered(this.queue::stats);
		ArqueTemplate template = new ArqueTemplate(this.client);
		ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
		this.proxy.plan(FaultPlan.random(13, 8, 4, COMMAND_TIMEOUT.multipliedBy(2)));
		for (int i = 0; i < 100; i++) {
			EnqueueOptions options = EnqueueOptions.none().withId("task-" + i);
			ids.add(answered(() -> template.enqueue(this.fixture.name(), "payload", options)));
		}
		assertThat(this.proxy.faults()).isPositive();
		assertThat(ids).hasSize(100).doesNotHaveDuplicates();
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(100);
	}

	private void assertAnswerComesTooLate(Runnable call) {
		CountDownLatch end = new CountDownLatch(1);
		this.proxy.plan(FaultPlan.holdNextReply(end));
		try {
			assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(call::run);
		}
		finally {
			end.countDown();
		}
	}

	private void answered(Runnable call) {
		answered(() -> {
			call.run();
			return true;
		});
	}

	/**
	 * Makes the call until Redis answers.
	 */
	private static <T> T answered(Callable<T> call) {
		for (int tries = 0;; tries++) {
			try {
				return call.call();
			}
			catch (DataAccessException ex) {
				assertThat(tries).isLessThan(50);
			}
			catch (Exception ex) {
				throw new AssertionError(ex);
			}
		}
	}

}
