package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.PostponeTaskException;
import io.arque.QueueSettings;
import io.arque.RejectTaskException;
import io.arque.TaskState;
import io.arque.test.LogCapture;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * Handlers and records that a consumer must survive, with every permit. Each test has a
 * concurrency of 1, so that one lost permit stops the listener.
 */
class HardTasksTests {

	private static final QueueSettings SETTINGS = new QueueSettings(50, Duration.ofSeconds(30), Duration.ofMinutes(3),
			new QueueSettings.Retry(2, 2, Duration.ofMillis(10), 1, Duration.ofMillis(10), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	private final Set<String> done = ConcurrentHashMap.newKeySet();

	private final Map<ArqueMetrics.Outcome, AtomicInteger> outcomes = new ConcurrentHashMap<>();

	private final AtomicInteger waits = new AtomicInteger();

	private final AtomicInteger lost = new AtomicInteger();

	private final ArqueMetrics metrics = new ArqueMetrics() {

		@Override
		public void processed(String queue, Outcome outcome, Duration duration) {
			HardTasksTests.this.outcomes.computeIfAbsent(outcome, (key) -> new AtomicInteger()).incrementAndGet();
			throw new IllegalStateException("metrics that throw");
		}

		@Override
		public void waited(String queue, Duration wait) {
			HardTasksTests.this.waits.incrementAndGet();
		}

		@Override
		public void count(String queue, Event event, long tasks) {
			if (event == Event.LEASE_LOST) {
				HardTasksTests.this.lost.incrementAndGet();
			}
		}

	};

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
			ContainerSettings.DEFAULTS.withConcurrency(1), this.metrics);

	@Test
	void survivesPostponementsLongerThanCanBeStored() {
		work(() -> {
			throw new PostponeTaskException(Duration.ofSeconds(Long.MAX_VALUE));
		});
	}

	@Test
	void survivesExceptionThatCannotTellItsMessage() {
		work(() -> {
			throw new IllegalStateException() {

				@Override
				public String getMessage() {
					throw new UnsupportedOperationException("no message");
				}

			};
		});
	}

	@Test
	void survivesRejectionThatCannotTellItsCause() {
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (task.payload().text().equals("bad")) {
				throw new RejectTaskException("no") {

					@Override
					public synchronized Throwable getCause() {
						throw new UnsupportedOperationException("no cause");
					}

				};
			}
			this.done.add(task.payload().text());
		});
		this.application.template().enqueueAll(this.queue, List.of("bad", "good"));
		await().until(() -> this.done.contains("good"));
		await().until(() -> this.application.queue(this.queue).stats().failed() == 1);
	}

	@Test
	void returnAfterTheLeaseWasTakenOverIsCountedAndReleasesNothing() {
		Queue<LeasedTask> runs = new ConcurrentLinkedQueue<>();
		CountDownLatch end = new CountDownLatch(1);
		this.application.listen(this.queue, (task, acknowledgement) -> {
			runs.add(task);
			while (end.getCount() > 0) { // whoever interrupts it
				Thread.onSpinWait();
			}
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			String id = this.application.template().enqueue(this.queue, "x");
			await().until(() -> runs.size() == 1);
			this.application.expire(List.copyOf(runs));
			this.application.queue(this.queue).sweep();
			assertThat(this.application.queue(this.queue).task(id).orElseThrow().state()).isEqualTo(TaskState.PENDING);
			end.countDown();
			await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
			this.application.stopListeners();
			assertThat(log.complaints(this.queue)).as("one line of who took it, one of who had it")
				.satisfiesExactly((line) -> assertThat(line).contains("1 leases expired"),
						(line) -> assertThat(line).contains("cannot release task " + id));
		}
		assertThat(runs).extracting(LeasedTask::attempt).containsExactly(1, 2);
		assertThat(this.lost).hasValue(1);
	}

	@Test
	void survivesTaskThatIsDueInALongTime() {
		this.application.template()
			.enqueue(this.queue, "late", EnqueueOptions.none().withDelay(Duration.ofDays(36500)));
		this.application.listen(this.queue, (task, acknowledgement) -> this.done.add(task.payload().text()));
		this.application.template().enqueue(this.queue, "good");
		await().until(() -> this.done.contains("good"));
	}

	@Test
	void survivesRejectionWithoutReason() {
		this.application.listen(List.of(this.queue), (task, acknowledgement) -> {
			if (task.payload().text().equals("bad")) {
				acknowledgement.reject(null);
			}
			else {
				this.done.add(task.payload().text());
				acknowledgement.release();
			}
		}, AckMode.MANUAL);
		this.application.template().enqueueAll(this.queue, List.of("bad", "good"));
		await().until(() -> this.done.contains("good"));
		await().until(() -> this.application.queue(this.queue).stats().failed() == 1);
		await().untilAsserted(() -> assertThat(this.outcomes.keySet())
			.containsExactlyInAnyOrder(ArqueMetrics.Outcome.FAILED, ArqueMetrics.Outcome.RELEASED));
	}

	@Test
	void damagedRecordMovesToFailedAndIsPassedOver() {
		byte[] body = { 1, 0, 0, 0, 0, 0, 1, 2, -1, -1, -1, -1, -1, -1, 'x', 0 };
		try (RedisConnection connection = RedisServers.connectionFactory().getConnection()) {
			byte[] reference = "0123456789abcdef".getBytes(StandardCharsets.UTF_8);
			connection.hashCommands().hSet(key("tasks"), reference, body);
			connection.listCommands()
				.rPush(key("pending"), "0123456789abcdef\0\0\0\0\0\1".getBytes(StandardCharsets.ISO_8859_1));
		}
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			this.application.listen(this.queue, (task, acknowledgement) -> this.done.add(task.payload().text()));
			this.application.template().enqueue(this.queue, "good");
			await().until(() -> this.done.contains("good"));
			await().until(() -> this.application.queue(this.queue).stats().failed() == 1);
			this.application.stopListeners();
			assertThat(log.complaints(this.queue)).hasSize(1);
		}
		assertThat(this.application.queue(this.queue).failed().list(0, 1).get(0).payload().bytes()).isEqualTo(body);
	}

	@Test
	void keyOfAForeignTypeIsToldOnceAndWorkGoesOnWhenItIsGone() {
		ArqueListenerContainer container = this.application.listen(this.queue,
				(task, acknowledgement) -> this.done.add(task.payload().text()));
		this.application.template().enqueue(this.queue, "before");
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		try (RedisConnection connection = RedisServers.connectionFactory().getConnection();
				LogCapture log = new LogCapture("io.arque.listener", Level.INFO)) {
			this.application.queue(this.queue)
				.partitions()
				.forEach((partition) -> connection.stringCommands()
					.set(bytes("arque-test:{" + partition.tag() + "}:errors"), bytes("foreign")));
			Set<Throwable> failures = Collections.newSetFromMap(new IdentityHashMap<>());
			await().until(() -> {
				Throwable failure = container.health().failure();
				return failure != null && failures.add(failure) && failures.size() == 4;
			});
			assertThat(failures).allSatisfy((each) -> assertThat(each).hasStackTraceContaining("WRONGTYPE"));
			assertThat(log.complaints(this.queue)).singleElement(STRING).contains("WRONGTYPE");
			this.application.queue(this.queue)
				.partitions()
				.forEach((partition) -> connection.keyCommands()
					.del(bytes("arque-test:{" + partition.tag() + "}:errors")));
		}
		this.application.template().enqueue(this.queue, "after");
		await().until(() -> this.done.contains("after"));
		await().until(() -> container.health().failure() == null);
	}

	@Test
	void severalQueuesOfOneListenerTakeTurns() {
		String other = TestApplication.newQueue();
		List<String> order = Collections.synchronizedList(new ArrayList<>());
		this.application.template().enqueueAll(this.queue, IntStream.range(0, 60).boxed().toList());
		this.application.template().enqueueAll(other, IntStream.range(0, 60).boxed().toList());
		this.application.listen(List.of(this.queue, other), (task, acknowledgement) -> order.add(task.queue()), null);
		await().until(() -> order.size() == 120);
		assertThat(order.subList(0, 60).stream().filter(other::equals).count()).isBetween(20L, 40L);
	}

	@Test
	void firstDeliveryIsTimedOnceAndNoLeaseIsCountedAsLost() {
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (runs.incrementAndGet() < 4) {
				throw new PostponeTaskException(Duration.ofMillis(5));
			}
		});
		this.application.template().enqueue(this.queue, "x");
		await().until(() -> runs.get() == 4 && this.application.queue(this.queue).stats().tasks() == 0);
		assertThat(this.waits).hasValue(1);
		assertThat(this.lost).hasValue(0);
		await().untilAsserted(() -> assertThat(this.outcomes.get(ArqueMetrics.Outcome.POSTPONED)).hasValue(3));
	}

	private void work(Runnable bad) {
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (task.payload().text().equals("bad")) {
				bad.run();
			}
			this.done.add(task.payload().text());
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			this.application.template().enqueueAll(this.queue, List.of("bad", "good"));
			await().until(() -> this.done.contains("good"));
			await().until(() -> this.application.queue(this.queue).stats().failed() == 1);
			this.application.stopListeners();
			assertThat(log.complaints(this.queue)).as("one line an attempt").hasSize(2);
		}
	}

	private byte[] key(String kind) {
		return bytes("arque-test:{" + this.queue + "}:" + kind);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
