package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.redis.RedisQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class SuspectListenerTests {

	private static final QueueSettings SETTINGS = new QueueSettings(50, Duration.ofSeconds(30), Duration.ofSeconds(60),
			new QueueSettings.Retry(9, 2, Duration.ofMillis(10), 1, Duration.ofMillis(10), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	private final Queue<String> done = new ConcurrentLinkedQueue<>();

	private final AtomicInteger suspects = new AtomicInteger();

	private final AtomicInteger most = new AtomicInteger();

	private final Semaphore mayEnd = new Semaphore(0);

	@RegisterExtension
	final TestApplication application = new TestApplication(SETTINGS);

	@RegisterExtension
	final TestApplication spread = new TestApplication(SETTINGS.withPartitions(4));

	@Test
	void runsOneSuspectAtATimeAndOtherTasksBesideIt() {
		runsOneSuspectAtATime(this.application);
	}

	@Test
	void runsOneSuspectAtATimeOfAllPartitions() {
		runsOneSuspectAtATime(this.spread);
	}

	private void runsOneSuspectAtATime(TestApplication application) {
		RedisQueue redis = application.queue(this.queue);
		application.template().enqueueAll(this.queue, List.of("s1", "s2", "s3"));
		List<LeasedTask> crashed = redis.dequeue(3, Duration.ZERO).tasks();
		assertThat(crashed).hasSize(3);
		application.expire(crashed);
		redis.sweep();
		assertThat(redis.stats().pending()).isEqualTo(3);
		application.listen(this.queue, (task, acknowledgement) -> handle(task));
		await().until(() -> this.suspects.get() == 1);
		application.template().enqueueAll(this.queue, List.of("a", "b", "c"));
		await().until(() -> this.done.containsAll(List.of("a", "b", "c")));
		assertThat(redis.stats().pending()).as("suspects that wait").isEqualTo(2);
		this.mayEnd.release(3);
		await().until(() -> redis.stats().tasks() == 0);
		assertThat(this.done).contains("s1", "s2", "s3");
		assertThat(this.most.get()).isEqualTo(1);
	}

	private void handle(LeasedTask task) throws InterruptedException {
		if (task.delivery().crashes() > 0) {
			this.most.accumulateAndGet(this.suspects.incrementAndGet(), Math::max);
			this.mayEnd.acquire();
			this.suspects.decrementAndGet();
		}
		this.done.add(task.payload().text());
	}

}
