package io.arque.listener;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.PostponeTaskException;
import io.arque.QueueSettings;
import io.arque.RejectTaskException;
import io.arque.TaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a task that a listener gets.
 */
class ListenerTests {

	/** Short enough to wait for, long enough for a busy machine to renew it. */
	private static final Duration LEASE = Duration.ofSeconds(5);

	private static final QueueSettings SETTINGS = new QueueSettings(50, LEASE, Duration.ofMinutes(3),
			new QueueSettings.Retry(4, 2, Duration.ofMillis(50), 2, Duration.ofMillis(150), Duration.ofMillis(20)),
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	@RegisterExtension
	final TestApplication application = new TestApplication(SETTINGS);

	@Test
	void releasesTaskWhenHandlerReturns() throws Exception {
		LinkedBlockingQueue<LeasedTask> got = new LinkedBlockingQueue<>();
		this.application.listen(this.queue, (task, acknowledgement) -> got.add(task));
		String id = this.application.template()
			.enqueue(this.queue, "hello", EnqueueOptions.none().withHeader("tenant", "acme"));
		LeasedTask task = got.poll(10, TimeUnit.SECONDS);
		assertThat(task).isNotNull();
		assertThat(task.id()).isEqualTo(id);
		assertThat(task.attempt()).isEqualTo(1);
		assertThat(task.payload().text()).isEqualTo("hello");
		assertThat(task.headers()).containsExactly(Map.entry("tenant", "acme"));
		awaitEmpty();
		assertThat(this.application.queue(this.queue).failed().list(0, 10)).isEmpty();
	}

	@Test
	void runsManyTasksEachOnce() {
		Set<String> seen = ConcurrentHashMap.newKeySet();
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			seen.add(task.payload().text());
			runs.incrementAndGet();
		});
		List<Integer> payloads = new ArrayList<>();
		for (int i = 0; i < 5000; i++) {
			payloads.add(i);
		}
		this.application.template().enqueueAll(this.queue, payloads);
		awaitEmpty();
		assertThat(seen).hasSize(5000);
		assertThat(runs).hasValue(5000);
	}

	@Test
	void triesAgainWithGrowingDelayUntilAttemptsAreSpent() {
		List<Instant> times = Collections.synchronizedList(new ArrayList<>());
		List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
		this.application.listen(this.queue, (task, acknowledgement) -> {
			times.add(Instant.now());
			attempts.add(task.attempt());
			throw new IllegalArgumentException("no such customer");
		});
		String id = this.application.template().enqueue(this.queue, "x");
		await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(id)).isPresent());
		assertThat(attempts).containsExactly(1, 2, 3, 4);
		assertThat(Duration.between(times.get(0), times.get(1))).isGreaterThanOrEqualTo(Duration.ofMillis(49));
		assertThat(Duration.between(times.get(1), times.get(2))).isGreaterThanOrEqualTo(Duration.ofMillis(99));
		assertThat(Duration.between(times.get(2), times.get(3))).isGreaterThanOrEqualTo(Duration.ofMillis(149));
		FailedTask dead = this.application.queue(this.queue).failed().get(id).orElseThrow();
		assertThat(dead.error().type()).isEqualTo("java.lang.IllegalArgumentException");
		assertThat(dead.error().message()).isEqualTo("no such customer");
		assertThat(dead.error().stackTrace()).contains("ListenerTests");
		assertThat(dead.delivery().attempt()).isEqualTo(4);
		assertThat(dead.payload().text()).isEqualTo("x");
	}

	@Test
	void taskOwnMaxAttemptsBeatTheQueues() {
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			runs.incrementAndGet();
			throw new IllegalStateException("always");
		});
		String id = this.application.template().enqueue(this.queue, "x", EnqueueOptions.none().withMaxAttempts(2));
		await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(id)).isPresent());
		assertThat(runs).hasValue(2);
	}

	@Test
	void rejectedTaskFailsAtOnce() {
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			runs.incrementAndGet();
			throw new RejectTaskException("unknown country");
		});
		String id = this.application.template().enqueue(this.queue, "x");
		await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(id)).isPresent());
		assertThat(this.application.queue(this.queue).failed().get(id).orElseThrow().error().message())
			.isEqualTo("unknown country");
		assertThat(runs).hasValue(1);
	}

	@Test
	void postponedTaskComesAgainWithoutCountingTheAttempt() {
		List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
		this.application.listen(this.queue, (task, acknowledgement) -> {
			attempts.add(task.attempt());
			if (attempts.size() < 7) {
				throw new PostponeTaskException(Duration.ofMillis(30));
			}
		});
		this.application.template().enqueue(this.queue, "x");
		await().untilAsserted(() -> assertThat(attempts).hasSize(7).containsOnly(1));
		awaitEmpty();
		assertThat(this.application.queue(this.queue).failed().list(0, 1)).isEmpty();
	}

	@Test
	void errorEndsTheAttemptNotTheConsumer() {
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (runs.incrementAndGet() == 1) {
				throw new StackOverflowError("deep");
			}
		});
		this.application.template().enqueue(this.queue, "x");
		await().untilAsserted(() -> assertThat(runs).hasValue(2));
		awaitEmpty();
	}

	@Test
	void leaseIsRenewedWhileHandlerRunsLongerThanIt() throws Exception {
		AtomicInteger runs = new AtomicInteger();
		CountDownLatch end = new CountDownLatch(1);
		this.application.listen(this.queue, (task, acknowledgement) -> {
			runs.incrementAndGet();
			end.await();
		});
		String id = this.application.template().enqueue(this.queue, "x");
		await().untilAsserted(() -> assertThat(runs).hasValue(1));
		Instant first = this.application.queue(this.queue).task(id).orElseThrow().until();
		await().atMost(Duration.ofSeconds(60))
			.until(() -> this.application.queue(this.queue).task(id).orElseThrow().until(),
					(until) -> until.isAfter(first.plus(LEASE)));
		assertThat(this.application.queue(this.queue).task(id).orElseThrow().delivery().crashes()).isZero();
		end.countDown();
		awaitEmpty();
		assertThat(runs).hasValue(1);
	}

	@Test
	void handlerWhoseLeaseWasTakenOverIsInterruptedAndReleasesNothing() throws Exception {
		List<LeasedTask> attempts = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch interrupted = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		QueueSettings notRenewedAtOnce = new QueueSettings(50, Duration.ofSeconds(12), Duration.ofMinutes(3),
				QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);
		try (TestApplication own = new TestApplication(notRenewedAtOnce)) {
			own.listen(this.queue, (task, acknowledgement) -> {
				attempts.add(task);
				try {
					end.await();
				}
				catch (InterruptedException ex) {
					interrupted.countDown();
				}
			});
			String id = own.template().enqueue(this.queue, "x");
			await().until(() -> attempts.size() == 1);
			own.expire(List.copyOf(attempts));
			own.queue(this.queue).sweep();
			assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
			await().until(() -> attempts.size() == 2);
			assertThat(own.queue(this.queue).task(id).orElseThrow().state()).isEqualTo(TaskState.WORKING);
			end.countDown();
			awaitEmpty();
		}
		assertThat(attempts).extracting(LeasedTask::attempt).containsExactly(1, 2);
	}

	@Test
	void manualAcknowledgementKeepsTaskUntilSettled() throws Exception {
		LinkedBlockingQueue<Acknowledgement> open = new LinkedBlockingQueue<>();
		this.application.listen(List.of(this.queue), (task, acknowledgement) -> open.add(acknowledgement),
				AckMode.MANUAL);
		String id = this.application.template().enqueue(this.queue, "x");
		Acknowledgement first = open.poll(10, TimeUnit.SECONDS);
		assertThat(this.application.queue(this.queue).task(id).orElseThrow().state()).isEqualTo(TaskState.WORKING);
		first.requeue(Duration.ofMillis(10));
		assertThatIllegalStateException().isThrownBy(first::release).withMessageContaining(id);
		open.poll(10, TimeUnit.SECONDS).release();
		awaitEmpty();
		String rejected = this.application.template().enqueue(this.queue, "y");
		open.poll(10, TimeUnit.SECONDS).reject("not today");
		await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(rejected)).isPresent());
	}

	@Test
	void listenerTakesFromSeveralQueues() {
		String other = TestApplication.newQueue();
		Set<String> seen = ConcurrentHashMap.newKeySet();
		this.application.listen(List.of(this.queue, other), (task, acknowledgement) -> seen.add(task.queue()), null);
		this.application.template().enqueue(this.queue, "x");
		this.application.template().enqueue(other, "x");
		await().untilAsserted(() -> assertThat(seen).containsExactlyInAnyOrder(this.queue, other));
	}

	@Test
	void delayedTaskIsRunWhenItIsDueWithoutSlowLook() throws Exception {
		this.application.withoutSlowLook();
		LinkedBlockingQueue<Instant> times = new LinkedBlockingQueue<>();
		this.application.listen(this.queue, (task, acknowledgement) -> times.add(Instant.now()));
		Instant start = Instant.now();
		this.application.template().enqueue(this.queue, "x", EnqueueOptions.none().withDelay(Duration.ofMillis(800)));
		Instant ran = times.poll(30, TimeUnit.SECONDS);
		assertThat(Duration.between(start, ran)).isGreaterThanOrEqualTo(Duration.ofMillis(799));
	}

	private void awaitEmpty() {
		await().atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(this.application.queue(this.queue).stats().tasks()).isZero());
	}

}
