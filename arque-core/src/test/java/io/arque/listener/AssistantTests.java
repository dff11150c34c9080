package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.redis.RedisQueue;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * So many tasks so short that a second call is under way beside the loop's, while what it
 * runs on is disturbed. Nobody looks at the queue unasked, and leases are long: what is
 * left to either never comes back here.
 */
@OwnServer
class AssistantTests {

	private static final int CONCURRENCY = 100;

	private static final int TASKS = 20_000;

	private static final long INTERRUPT_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final QueueSettings SETTINGS = new QueueSettings(CONCURRENCY, Duration.ofHours(1),
			Duration.ofHours(1),
			new QueueSettings.Retry(9, 9, Duration.ofMillis(1), 1, Duration.ofMillis(1), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	private final Map<String, Integer> runs = new ConcurrentHashMap<>();

	private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

	/** Calls that handlers' threads have made beside the loop. */
	private final AtomicInteger assisted = new AtomicInteger();

	private volatile boolean interrupting;

	private final CountDownLatch together = new CountDownLatch(CONCURRENCY);

	@RegisterExtension
	final TestApplication application = new TestApplication(
			WatchedScripts.on(RedisServers.ofApplications(RedisServers.connectionFactory()), this::called), SETTINGS,
			new ContainerSettings(CONCURRENCY, AckMode.AUTO, true, Duration.ZERO, false), ArqueMetrics.NONE)
		.withoutSlowLook();

	@Test
	void anInterruptThatIsNobodysLosesNeitherTasksNorPermits() throws Exception {
		Thread interrupter = new Thread(this::interrupt, "interrupter");
		this.interrupting = true;
		enqueue();
		this.application.listen(this.queue, (task, acknowledgement) -> handle(task));
		interrupter.start();
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
		interrupter.interrupt();
		interrupter.join();
		assertThat(this.runs).hasSize(TASKS);
		assertThat(this.runs.values()).containsOnly(1);
		assertThat(this.assisted).hasPositiveValue();
		this.application.template()
			.enqueueAll(this.queue, IntStream.range(0, CONCURRENCY).mapToObj((i) -> "together").toList());
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
	}

	@Test
	void nothingIsLeftToALeaseWhenTheContainerStopsMeanwhile() {
		SplittableRandom random = new SplittableRandom(ThreadLocalRandom.current().nextLong());
		enqueue();
		this.application.listen(this.queue, (task, acknowledgement) -> handle(task));
		for (int i = 0; i < 20; i++) {
			int more = Math.min(TASKS, this.runs.size() + random.nextInt(TASKS / 20));
			await().pollInterval(Duration.ofMillis(1)).until(() -> this.runs.size() >= more);
			this.application.stopListeners();
			assertThat(queue().stats().working()).isZero();
			this.application.startListeners();
		}
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
		assertThat(this.runs).hasSize(TASKS);
		assertThat(this.assisted).hasPositiveValue();
	}

	@Test
	void suspectsAmongManyTasksAreRunToo() {
		this.application.template().enqueueAll(this.queue, List.of("s1", "s2", "s3"));
		crash(queue().dequeue(3, Duration.ZERO).tasks());
		crash(queue().dequeue(3, Duration.ZERO).tasks());
		enqueue();
		this.application.listen(this.queue, (task, acknowledgement) -> handle(task));
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
		assertThat(this.runs).hasSize(TASKS + 3);
		assertThat(this.assisted).hasPositiveValue();
	}

	/** Interrupts the first of these calls, lest the interrupter meets none. */
	private void called(byte[][] keysAndArguments) {
		if (Thread.currentThread().getName().contains("-task-") && this.assisted.incrementAndGet() == 1
				&& this.interrupting) {
			Thread.currentThread().interrupt();
		}
	}

	private void crash(List<LeasedTask> tasks) {
		assertThat(tasks).isNotEmpty();
		this.application.expire(tasks);
		queue().sweep();
	}

	private void enqueue() {
		this.application.template().enqueueAll(this.queue, IntStream.range(0, TASKS).boxed().toList());
	}

	private void handle(LeasedTask task) throws InterruptedException {
		this.threads.add(Thread.currentThread());
		if (task.payload().text().equals("together")) {
			this.together.countDown();
			this.together.await();
		}
		this.runs.merge(task.id(), 1, Integer::sum);
	}

	/** Interrupts threads that run handlers, whatever they do at the moment. */
	private void interrupt() {
		while (!Thread.interrupted()) {
			List<Thread> any = new ArrayList<>(this.threads);
			if (!any.isEmpty()) {
				any.get(ThreadLocalRandom.current().nextInt(any.size())).interrupt();
			}
			LockSupport.parkNanos(INTERRUPT_NANOS);
		}
	}

	private RedisQueue queue() {
		return this.application.queue(this.queue);
	}

}
