package io.arque.redis;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.listener.AckMode;
import io.arque.listener.ContainerSettings;
import io.arque.listener.TestApplication;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A listener of a queue with six partitions.
 */
class PartitionedListenerTests {

	private static final int PARTITIONS = 6;

	private static final int BUSY = 3000;

	private static final long WORK_NANOS = Duration.ofMillis(1).toNanos();

	private final String queue = TestApplication.newQueue();

	private final Queue<String> started = new ConcurrentLinkedQueue<>();

	private final AtomicReference<QueueStats> observed = new AtomicReference<>();

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(),
			QueueSettings.DEFAULTS.withPartitions(PARTITIONS),
			new ContainerSettings(12, AckMode.AUTO, true, Duration.ofSeconds(1), false), new ArqueMetrics() {

				@Override
				public void observed(String queue, QueueStats stats) {
					PartitionedListenerTests.this.observed.set(stats);
				}

			});

	@Test
	void theBacklogOfOnePartitionKeepsNoTaskOfAnotherWaiting() {
		List<String> tags = PartitionTags.of(this.queue, PARTITIONS);
		enqueue(tags.get(0), BUSY);
		tags.subList(1, PARTITIONS).forEach((tag) -> enqueue(tag, 4));
		this.application.listen(this.queue, (task, acknowledgement) -> {
			this.started.add(task.lease().partition());
			LockSupport.parkNanos(WORK_NANOS);
		});
		int all = BUSY + 4 * (PARTITIONS - 1);
		await().atMost(Duration.ofMinutes(1)).until(() -> this.started.size() == all);
		List<String> first = this.started.stream().limit(BUSY / 3).toList();
		assertThat(tags.subList(1, PARTITIONS))
			.allSatisfy((tag) -> assertThat(Collections.frequency(first, tag)).as(tag).isEqualTo(4));
	}

	@Test
	void whatIsObservedIsTheSumOfAllPartitions() {
		this.application.queue(this.queue).pause();
		this.application.template().enqueueAll(this.queue, Collections.nCopies(60, "payload"));
		this.application.listen(this.queue, (task, acknowledgement) -> {
		});
		await().atMost(Duration.ofMinutes(1))
			.until(() -> this.observed.get() != null && this.observed.get().pending() == 60);
	}

	private void enqueue(String tag, int count) {
		RedisQueue redis = this.application.queue(this.queue);
		IntStream.iterate(0, (i) -> i + 1)
			.mapToObj((i) -> "id " + i)
			.filter((id) -> redis.partition(id).tag().equals(tag))
			.limit(count)
			.forEach((id) -> this.application.template()
				.enqueue(this.queue, "payload", EnqueueOptions.none().withId(id)));
	}

}
