package io.arque.listener;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.TaskState;
import io.arque.redis.RedisQueue;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Leases that are renewed, lost and timed out while their tasks begin and end: a handler
 * is interrupted only for its own task, and only when that is no longer its own; and
 * whoever waits for its end is told.
 */
@OwnServer
class LeaseStressTests {

	private static final Logger logger = LoggerFactory.getLogger(LeaseStressTests.class);

	private static final int CONCURRENCY = 20;

	private static final int TASKS = 600;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	/** The shortest there is: a busy machine may lose some by itself. */
	private static final Duration LEASE = Duration.ofSeconds(1);

	private static final Duration TASK_TIMEOUT = Duration.ofMillis(30);

	private static final QueueSettings SETTINGS = new QueueSettings(1000, LEASE, Duration.ofMinutes(10),
			new QueueSettings.Retry(1000, 1000, Duration.ofMillis(1), 1, Duration.ofMillis(1), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private static final List<String> KINDS = List.of("returns", "throws", "waits", "sleeps", "goes on", "leaves");

	private static final Set<String> TIMED = Set.of("sleeps", "leaves");

	/** Of many threads, so that no seed would bring a run back. */
	private final Random random = new Random();

	private final List<String> queues = List.of(TestApplication.newQueue(), TestApplication.newQueue());

	private final Set<String> done = ConcurrentHashMap.newKeySet();

	private final Set<String> wrong = ConcurrentHashMap.newKeySet();

	private final AtomicInteger interrupted = new AtomicInteger();

	private final CountDownLatch end = new CountDownLatch(1);

	/** Tasks that wait to lose their lease, by id. */
	private final Map<String, LeasedTask> victims = new ConcurrentHashMap<>();

	/** Tasks that are to keep their lease, by id. */
	private final Map<String, Holder> holders = new ConcurrentHashMap<>();

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
			new ContainerSettings(CONCURRENCY, AckMode.MANUAL, true, Duration.ofSeconds(1), false), ArqueMetrics.NONE);

	@Test
	void handlersAreInterruptedForTheirOwnTaskAlone() throws Exception {
		this.application.listen(this.queues, this::handle, null);
		Thread looks = new Thread(this::look, "looks");
		looks.setDaemon(true);
		looks.start();
		try {
			enqueue();
			await().atMost(PATIENCE).pollInterval(Duration.ofMillis(1)).until(() -> {
				rob();
				return this.queues.stream().allMatch((queue) -> queue(queue).stats().tasks() == 0);
			});
			await().until(() -> this.done.size() == 2 * TASKS);
		}
		finally {
			looks.interrupt();
			looks.join(PATIENCE.toMillis());
		}
		logger.info("{} handlers were interrupted", this.interrupted);
		this.application.stopListeners(); // the last have ended then
		assertThat(this.wrong).isEmpty();
		assertThat(this.queues).allMatch((queue) -> queue(queue).stats().failed() == 0);
		assertThat(this.interrupted).hasValueGreaterThanOrEqualTo(2 * TASKS / KINDS.size());
		this.application.startListeners();
		assertThatPermitsAreBackAndLeasesAreKept();
	}

	private void enqueue() {
		for (String queue : this.queues) {
			for (int i = 0; i < TASKS; i++) {
				String kind = KINDS.get(i % KINDS.size());
				this.application.template()
					.enqueue(queue, kind, TIMED.contains(kind) ? EnqueueOptions.none().withTaskTimeout(TASK_TIMEOUT)
							: EnqueueOptions.none());
			}
		}
	}

	private void handle(LeasedTask task, Acknowledgement acknowledgement) {
		AtomicBoolean released = new AtomicBoolean();
		try {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			begin(task);
			if (task.payload().text().equals("leaves") && task.attempt() == 1) {
				return; // and is timed out
			}
			released.set(settles(acknowledgement));
			if (released.get()) {
				this.done.add(task.id());
			}
			if (task.payload().text().equals("goes on")) {
				this.end.await(this.random.nextInt(60), TimeUnit.MILLISECONDS);
			}
		}
		catch (InterruptedException ex) {
			this.interrupted.incrementAndGet();
			this.victims.remove(task.id());
			if (released.get() || settles(acknowledgement)) {
				this.wrong.add("interrupted without cause: " + task.payload().text());
			}
		}
	}

	private void begin(LeasedTask task) throws InterruptedException {
		switch (task.payload().text()) {
			case "throws" -> {
				if (task.attempt() == 1) {
					throw new IllegalStateException("once");
				}
			}
			case "waits" -> {
				if (task.attempt() == 1) {
					this.victims.put(task.id(), task);
					if (!this.end.await(1, TimeUnit.MINUTES)) {
						this.wrong.add("never told that its lease was lost");
					}
				}
			}
			case "sleeps" -> this.end.await((task.attempt() == 1) ? this.random.nextInt(60) : 0, TimeUnit.MILLISECONDS);
			case "holds" -> {
				this.holders.put(task.id(), new Holder(task, System.nanoTime()));
				this.end.await();
			}
			default -> {
			}
		}
	}

	private static boolean settles(Acknowledgement acknowledgement) {
		try {
			acknowledgement.release();
			return true;
		}
		catch (IllegalStateException ex) { // timed out, or its lease was lost
			return false;
		}
	}

	/** Takes leases away from some that wait for it, and lets others take them over. */
	private void rob() {
		List<LeasedTask> some = this.victims.values().stream().limit(3).toList();
		this.application.expire(some); // again, if it was renewed just now
		this.queues.forEach((queue) -> queue(queue).sweep());
	}

	/**
	 * Does all the time, and whether or not it is due, what the keeper does now and then.
	 */
	private void look() {
		LeaseKeeper keeper = this.application.leaseKeeper();
		try {
			while (!Thread.currentThread().isInterrupted()) {
				keeper.duties().forEach(Runnable::run);
				keeper.sources()
					.forEach((source) -> keeper.renew(source.partition(), List.copyOf(source.tasks()), List.of()));
			}
		}
		catch (RuntimeException ex) {
			this.wrong.add(ex.toString());
		}
	}

	private void assertThatPermitsAreBackAndLeasesAreKept() {
		this.queues.forEach((queue) -> this.application.template()
			.enqueueAll(queue, Collections.nCopies(CONCURRENCY / 2, "holds")));
		await().atMost(PATIENCE).until(() -> this.holders.size() == CONCURRENCY);
		for (String queue : this.queues) {
			await().atMost(PATIENCE).until(() -> {
				queue(queue).sweep(); // what is not renewed is taken away at once
				return this.holders.values().stream().anyMatch((holder) -> isKept(queue, holder));
			});
		}
		this.end.countDown();
		await().atMost(PATIENCE)
			.until(() -> this.queues.stream().allMatch((queue) -> queue(queue).stats().tasks() == 0));
	}

	private boolean isKept(String queue, Holder holder) {
		return holder.task.queue().equals(queue) && System.nanoTime() - holder.sinceNanos > 3 * LEASE.toNanos()
				&& queue(queue).task(holder.task.id())
					.filter((info) -> info.state() == TaskState.WORKING
							&& info.delivery().attempt() == holder.task.attempt())
					.isPresent();
	}

	private RedisQueue queue(String name) {
		return this.application.queue(name);
	}

	private record Holder(LeasedTask task, long sinceNanos) {
	}

}
