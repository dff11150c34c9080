package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.TaskInfo;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.dao.QueryTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a renewal when another call fails or gets no answer. Leases are so long
 * that none is renewed before the test says that its time has come.
 */
class RenewalTests {

	private static final Duration LEASE = Duration.ofHours(1);

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final int CONCURRENCY = 20;

	private static final int TASKS = 2000;

	private static final int SILENT = 14;

	private static final QueueSettings SETTINGS = new QueueSettings(50, LEASE, LEASE, QueueSettings.Retry.DEFAULTS,
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	private final CountDownLatch end = new CountDownLatch(1);

	/** How many of the next renewals fail, by queue. */
	private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();

	private final AtomicInteger renewalsInVain = new AtomicInteger();

	private final AtomicBoolean isLoopHeld = new AtomicBoolean();

	private final AtomicBoolean isAssistantHeld = new AtomicBoolean();

	/** A call beside the loop's was made that tells of tasks: it gets no answer. */
	private final CountDownLatch assisted = new CountDownLatch(1);

	private final TestApplication application = new TestApplication(
			WatchedScripts.on(RedisServers.ofApplications(RedisServers.connectionFactory()), this::called), SETTINGS,
			new ContainerSettings(CONCURRENCY, AckMode.AUTO, true, Duration.ZERO, false), ArqueMetrics.NONE);

	@AfterEach
	void close() {
		this.end.countDown();
		this.application.close();
	}

	@Test
	void taskOfWhichACallBesideTheLoopsTellsKeepsItsLeaseWhileTheLoopGetsAnswers() {
		Map<String, Integer> runs = new ConcurrentHashMap<>();
		this.application.template().enqueueAll(this.queue, Collections.nCopies(TASKS, "x"));
		this.application.listen(this.queue, (task, acknowledgement) -> runs.merge(task.id(), 1, Integer::sum));
		await().atMost(PATIENCE).until(() -> this.assisted.getCount() == 0);
		await().atMost(PATIENCE).until(() -> runs.size() == TASKS && toldByAssistants().size() == stats().tasks());
		Map<String, Instant> until = toldByAssistants().stream()
			.collect(Collectors.toMap((id) -> id, (id) -> task(this.queue, id).until()));
		assertThat(until).isNotEmpty();
		makeDue();
		await().atMost(PATIENCE)
			.until(() -> until.keySet().stream().allMatch((id) -> task(this.queue, id).until().isAfter(until.get(id))));
		this.end.countDown();
		await().atMost(PATIENCE).until(() -> stats().tasks() == 0);
		assertThat(runs).hasSize(TASKS);
		assertThat(runs.values()).containsOnly(1);
	}

	@Test
	void renewalThatFailsIsSoonTriedAgainForATaskThatIsDone() {
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch done = new CountDownLatch(1);
		this.application.listen(this.queue, (task, acknowledgement) -> {
			running.countDown();
			done.await();
		});
		String id = this.application.template().enqueue(this.queue, "x");
		await().until(() -> running.getCount() == 0);
		this.isLoopHeld.set(true);
		done.countDown();
		await().until(() -> sources().stream().allMatch((source) -> source.tasks().isEmpty()));
		Instant until = task(this.queue, id).until();
		this.failures.put(this.queue, new AtomicInteger(3));
		long due = System.nanoTime();
		makeDue();
		await().atMost(PATIENCE).until(() -> task(this.queue, id).until().isAfter(until));
		assertThat(this.failures.get(this.queue)).hasValue(0);
		assertThat(System.nanoTime() - due).as("a pause after each failure, an Error too")
			.isGreaterThan(Duration.ofMillis(1500).toNanos());
		this.end.countDown();
		await().until(() -> stats().tasks() == 0);
	}

	@Test
	void renewalThatFailsIsSoonTriedAgainWhileManyQueuesDoNotAnswer() {
		List<String> silent = IntStream.range(0, SILENT).mapToObj((i) -> "silent-" + i + this.queue).toList();
		silent.forEach((queue) -> this.application.hold(queue, this.end));
		silent.forEach((queue) -> this.failures.put(queue, new AtomicInteger(1)));
		makeDue();
		await().atMost(PATIENCE).until(() -> this.renewalsInVain.get() == SILENT);
		String id = this.application.hold(this.queue, this.end);
		Instant until = task(this.queue, id).until();
		this.failures.put(this.queue, new AtomicInteger(2));
		makeDue();
		await().atMost(PATIENCE).until(() -> task(this.queue, id).until().isAfter(until));
		assertThat(this.failures.get(this.queue)).hasValue(0);
	}

	/** The time of all leases that are held has come to be renewed. */
	private void makeDue() {
		long past = System.nanoTime() - LEASE.toNanos();
		sources().forEach((source) -> {
			source.tasks().forEach((task) -> task.renewed(past));
			source.untoldRenewed(past);
		});
	}

	/** Tasks of which calls beside the loop's tell that have no answer. */
	private List<String> toldByAssistants() {
		return sources().stream()
			.flatMap((source) -> source.assistant().untold().stream())
			.map((settlement) -> settlement.task().id())
			.toList();
	}

	private Set<QueueSource> sources() {
		return this.application.leaseKeeper().sources();
	}

	private QueueStats stats() {
		return this.application.queue(this.queue).stats();
	}

	private TaskInfo task(String queue, String id) {
		return this.application.queue(queue).task(id).orElseThrow();
	}

	private void called(byte[][] keysAndArguments) throws InterruptedException {
		String caller = Thread.currentThread().getName();
		if (caller.equals("arque-leases")) {
			renewed(new String(keysAndArguments[0], StandardCharsets.UTF_8));
		}
		else if (caller.contains("-task-")) {
			assisted(new String(keysAndArguments[0], StandardCharsets.UTF_8));
		}
		else if (caller.startsWith("arque-listener-")) {
			looped();
		}
	}

	/** Some fail first; then those of queues named silent-… get no answer. */
	private void renewed(String key) throws InterruptedException {
		for (Map.Entry<String, AtomicInteger> failure : this.failures.entrySet()) {
			int left = key.contains("{" + failure.getKey()) ? failure.getValue().getAndUpdate((n) -> Math.max(0, n - 1))
					: 0;
			if (left == 2) {
				throw new OutOfMemoryError("arranged");
			}
			if (left > 0) {
				throw new QueryTimeoutException("arranged");
			}
		}
		if (key.contains("{silent-")) {
			this.renewalsInVain.incrementAndGet();
			this.end.await();
		}
	}

	/** The first that tells of tasks gets no answer. */
	private void assisted(String key) throws InterruptedException {
		boolean tells = sources().stream()
			.anyMatch((source) -> key.contains("{" + source.partition().tag() + "}")
					&& !source.assistant().untold().isEmpty());
		if (tells && this.isAssistantHeld.compareAndSet(false, true)) {
			this.assisted.countDown();
			this.end.await();
		}
	}

	/** Takes so long that it pays to call beside, until somebody does. */
	private void looped() throws InterruptedException {
		if (this.isLoopHeld.get()) {
			this.end.await();
		}
		this.assisted.await(100, TimeUnit.MILLISECONDS);
	}

}
