package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnection;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a stop does to what is running.
 */
class StopTests {

	private final String queue = TestApplication.newQueue();

	@RegisterExtension
	final TestApplication application = application(Duration.ofMillis(700));

	private static TestApplication application(Duration shutdownTimeout) {
		return new TestApplication(RedisServers.connectionFactory(), QueueSettings.DEFAULTS,
				new ContainerSettings(5, AckMode.AUTO, true, shutdownTimeout, false), ArqueMetrics.NONE);
	}

	@Test
	void handsBackWhatStillRunsAtTheDeadlineWithoutCountingTheAttempt() {
		AtomicInteger interrupted = new AtomicInteger();
		List<String> started = Collections.synchronizedList(new ArrayList<>());
		this.application.listen(this.queue, (task, acknowledgement) -> {
			started.add(task.id());
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.incrementAndGet();
			}
		});
		this.application.template().enqueueAll(this.queue, IntStream.range(0, 20).boxed().toList());
		await().until(() -> started.size() == 5);
		long start = System.nanoTime();
		this.application.stopListeners();
		Duration took = Duration.ofNanos(System.nanoTime() - start);
		assertThat(took).isBetween(Duration.ofMillis(650), Duration.ofSeconds(15));
		QueueStats stats = this.application.queue(this.queue).stats();
		assertThat(stats.pending()).isEqualTo(20);
		assertThat(stats.working()).isZero();
		await().until(() -> interrupted.get() == 5);
		for (String id : started) {
			TaskInfo task = this.application.queue(this.queue).task(id).orElseThrow();
			assertThat(task.state()).isEqualTo(TaskState.PENDING);
			assertThat(task.delivery().attempt()).isZero();
			assertThat(task.delivery().crashes()).isZero();
		}
	}

	@Test
	void containersStopSideBySideWithinOneTimeout() {
		AtomicInteger running = new AtomicInteger();
		int containers = 40; // one after the other they would take 28 s
		for (int i = 0; i < containers; i++) {
			this.application.listen(this.queue + i, (task, acknowledgement) -> {
				running.incrementAndGet();
				new CountDownLatch(1).await();
			});
			this.application.template().enqueue(this.queue + i, "x");
		}
		await().until(() -> running.get() == containers);
		long start = System.nanoTime();
		this.application.stopListeners();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(650),
				Duration.ofSeconds(24));
		for (int i = 0; i < containers; i++) {
			assertThat(this.application.queue(this.queue + i).stats().pending()).isEqualTo(1);
		}
	}

	@Test
	void letsHandlersFinishWithinTheTimeoutAndReleasesTheirTasks() {
		CountDownLatch end = new CountDownLatch(1);
		AtomicInteger running = new AtomicInteger();
		TestApplication patient = application(Duration.ofMinutes(2));
		patient.listen(this.queue, (task, acknowledgement) -> {
			running.incrementAndGet();
			end.await();
		});
		patient.template().enqueueAll(this.queue, IntStream.range(0, 8).boxed().toList());
		await().until(() -> running.get() == 5);
		Thread stopping = new Thread(patient::close);
		stopping.start();
		await().during(Duration.ofMillis(200)).until(() -> running.get() == 5 && stopping.isAlive());
		end.countDown();
		await().atMost(Duration.ofSeconds(60)).until(() -> !stopping.isAlive());
		QueueStats stats = this.application.queue(this.queue).stats();
		assertThat(stats.pending()).isEqualTo(3);
		assertThat(stats.working()).isZero();
	}

	@Test
	void idleContainerStopsAtOnce() {
		TestApplication patient = application(Duration.ofMinutes(2));
		patient.listen(this.queue, (task, acknowledgement) -> {
		});
		long start = System.nanoTime();
		patient.close();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
	}

	@Test
	void stoppedContainerWaitsForNoWakeUpAnyMore() {
		this.application.listen(this.queue, (task, acknowledgement) -> {
		});
		await().until(() -> waiters() == 1);
		this.application.stopListeners();
		assertThat(waiters()).isZero();
	}

	@Test
	void worksAgainAfterStopAndStart() {
		AtomicInteger runs = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> runs.incrementAndGet());
		this.application.template().enqueue(this.queue, "x");
		await().until(() -> runs.get() == 1);
		this.application.stopListeners();
		this.application.template().enqueue(this.queue, "y");
		await().during(Duration.ofMillis(200)).until(() -> runs.get() == 1);
		this.application.startListeners();
		await().until(() -> runs.get() == 2);
	}

	@Test
	void keepsTheProcessAliveWhileAContainerRuns() {
		Set<Thread> others = keepAliveThreads();
		this.application.listen(this.queue, (task, acknowledgement) -> {
		});
		Set<Thread> own = keepAliveThreads();
		own.removeAll(others);
		assertThat(own).hasSize(1);
		this.application.stopListeners();
		await().until(() -> own.stream().noneMatch(Thread::isAlive));
	}

	private long waiters() {
		byte[] key = ("arque-test:{" + this.queue + "}:waiters").getBytes(StandardCharsets.UTF_8);
		try (RedisConnection connection = RedisServers.connectionFactory().getConnection()) {
			return connection.zSetCommands().zCard(key);
		}
	}

	private static Set<Thread> keepAliveThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("arque-keep-alive") && !thread.isDaemon())
			.collect(Collectors.toSet());
	}

}
