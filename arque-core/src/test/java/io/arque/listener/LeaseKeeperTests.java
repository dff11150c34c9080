package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.arque.QueueSettings;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class LeaseKeeperTests {

	private static final Duration LEASE = Duration.ofSeconds(6);

	/** More than threads that wait for them could be thought of. */
	private static final int SILENT = 14;

	private static final QueueSettings SETTINGS = new QueueSettings(50, LEASE, Duration.ofMinutes(5),
			QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);

	private final String suffix = TestApplication.newQueue();

	private final CountDownLatch end = new CountDownLatch(1);

	private final AtomicBoolean loopsAreHeld = new AtomicBoolean();

	private final AtomicInteger heldLoops = new AtomicInteger();

	private final AtomicInteger renewalsInVain = new AtomicInteger();

	private final TestApplication application = new TestApplication(
			WatchedScripts.on(RedisServers.ofApplications(RedisServers.connectionFactory()), this::holdUpSilent),
			SETTINGS);

	@AfterEach
	void close() {
		this.end.countDown();
		this.application.close();
	}

	@Test
	void queuesWhoseNodeDoesNotAnswerHoldUpNoRenewalOfOthers() {
		IntStream.range(0, SILENT).forEach((i) -> this.application.hold("silent-" + i + this.suffix, this.end));
		String healthy = "healthy-" + this.suffix;
		String id = this.application.hold(healthy, this.end);
		Instant first = task(healthy, id).until();
		await().atMost(Duration.ofSeconds(60)).until(() -> this.renewalsInVain.get() == SILENT);
		await().atMost(Duration.ofSeconds(60)).until(() -> task(healthy, id).until().isAfter(first.plus(LEASE)));
		assertThat(task(healthy, id).delivery().crashes()).isZero();
		assertThat(this.renewalsInVain.get()).as("calls for the silent queues").isEqualTo(SILENT);
	}

	@Test
	void taskThatIsDoneKeepsItsLeaseUntilRedisIsToldOfIt() {
		String healthy = "healthy-" + this.suffix;
		String silent = "silent-" + this.suffix;
		AtomicInteger runs = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(1);
		this.application.listen(List.of(healthy, silent), (task, acknowledgement) -> {
			runs.incrementAndGet();
			done.await();
		}, null);
		String id = this.application.template().enqueue(healthy, "x");
		await().until(() -> runs.get() == 1);
		this.loopsAreHeld.set(true);
		this.application.template().enqueue(silent, "x");
		await().atMost(Duration.ofSeconds(20)).until(() -> this.heldLoops.get() == 1);
		done.countDown();
		Instant until = task(healthy, id).until();
		await().atMost(Duration.ofSeconds(60)).until(() -> task(healthy, id).until().isAfter(until.plus(LEASE)));
		assertThat(task(healthy, id).state()).isEqualTo(TaskState.WORKING);
		this.loopsAreHeld.set(false);
		this.end.countDown();
		await().atMost(Duration.ofSeconds(20))
			.until(() -> this.application.queue(healthy).stats().tasks() == 0
					&& this.application.queue(silent).stats().tasks() == 0);
		assertThat(runs).hasValue(2);
	}

	private TaskInfo task(String queue, String id) {
		return this.application.queue(queue).task(id).orElseThrow();
	}

	/** Renewals of queues named silent-… get no answer, and if they are held, loops. */
	private void holdUpSilent(byte[][] keysAndArguments) throws InterruptedException {
		if (!new String(keysAndArguments[0], StandardCharsets.UTF_8).contains("{silent-")) {
			return;
		}
		String caller = Thread.currentThread().getName();
		if (caller.equals("arque-leases")) {
			this.renewalsInVain.incrementAndGet();
			this.end.await();
		}
		if (caller.startsWith("arque-listener-") && this.loopsAreHeld.get()) {
			this.heldLoops.incrementAndGet();
			this.end.await();
		}
	}

}
