package io.arque.listener;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import io.arque.PostponeTaskException;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.RejectTaskException;
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
 * Handlers that end in every way on many threads: permits come back, each task is settled
 * once, and a container that stops and starts meanwhile leaves nothing to a lease.
 */
@OwnServer
class ListenerStressTests {

	private static final Logger logger = LoggerFactory.getLogger(ListenerStressTests.class);

	private static final int CONCURRENCY = 7;

	private static final int TASKS = 1500;

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	/** Leases are long: what is left to them never comes back here. */
	private static final QueueSettings SETTINGS = new QueueSettings(CONCURRENCY, Duration.ofHours(1),
			Duration.ofHours(1),
			new QueueSettings.Retry(2, 2, Duration.ofMillis(1), 1, Duration.ofMillis(1), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private final long seed = ThreadLocalRandom.current().nextLong();

	private final SplittableRandom random = new SplittableRandom(this.seed);

	private final String queue = TestApplication.newQueue();

	private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();

	private final AtomicInteger running = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
			new ContainerSettings(CONCURRENCY, AckMode.AUTO, true, Duration.ofMillis(100), false), ArqueMetrics.NONE);

	@Test
	void permitsAreAllBackWhenHandlersHaveEndedInEveryWay() {
		CountDownLatch together = new CountDownLatch(CONCURRENCY);
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (task.payload().text().equals("together")) {
				together.countDown();
				together.await();
				return;
			}
			handle(task);
		});
		this.application.template().enqueueAll(this.queue, IntStream.range(0, TASKS).boxed().toList());
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
		assertThat(this.most.get()).isLessThanOrEqualTo(CONCURRENCY);
		assertThat(this.runs).hasSize(TASKS);
		assertThat(queue().stats().failed()).as("seed " + this.seed).isEqualTo(2 * TASKS / 5);
		this.application.template()
			.enqueueAll(this.queue, IntStream.range(0, CONCURRENCY).mapToObj((i) -> "together").toList());
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
	}

	@Test
	void nothingIsLeftToALeaseWhenAContainerStopsAndStartsUnderLoad() {
		this.application.listen(this.queue, (task, acknowledgement) -> handle(task));
		this.application.template().enqueueAll(this.queue, IntStream.range(0, TASKS).boxed().toList());
		for (int i = 0; i < 15; i++) {
			int more = Math.min(TASKS, this.runs.size() + this.random.nextInt(TASKS / 15));
			await().pollInterval(Duration.ofMillis(1)).until(() -> this.runs.size() >= more);
			this.application.stopListeners();
			QueueStats stopped = queue().stats();
			assertThat(stopped.working()).as("seed " + this.seed).isZero();
			this.application.startListeners();
		}
		await().atMost(PATIENCE).until(() -> queue().stats().tasks() == 0);
		assertThat(this.runs).hasSize(TASKS);
		logger.info("Stopped and started under load, seed {}", this.seed);
	}

	/**
	 * A fifth returns, one is rejected, one fails twice, one once, and one is postponed.
	 */
	private void handle(LeasedTask task) {
		this.most.accumulateAndGet(this.running.incrementAndGet(), Math::max);
		try {
			int run = this.runs.computeIfAbsent(task.id(), (id) -> new AtomicInteger()).incrementAndGet();
			switch (Integer.parseInt(task.payload().text()) % 5) {
				case 1 -> throw new RejectTaskException("no");
				case 2 -> throw new AssertionError("always");
				case 3 -> failOnce(run, new IllegalStateException("once"));
				case 4 -> failOnce(run, new PostponeTaskException(Duration.ofMillis(1)));
				default -> {
				}
			}
		}
		finally {
			this.running.decrementAndGet();
		}
	}

	private static void failOnce(int run, RuntimeException ex) {
		if (run == 1) {
			throw ex;
		}
	}

	private RedisQueue queue() {
		return this.application.queue(this.queue);
	}

}
