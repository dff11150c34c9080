package io.arque.listener;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

import io.arque.QueueSettings;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Two real processes work; one is killed.
 */
class CrashTests {

	private static final Logger logger = LoggerFactory.getLogger(CrashTests.class);

	private static final int TASKS = 400;

	@Test
	void killedInstanceLosesNothingAndTheOtherFinishesItsTasksWithinTheLease() throws Exception {
		String queue = TestApplication.newQueue();
		LettuceConnectionFactory connections = RedisServers.newConnectionFactory();
		try (TestApplication producer = new TestApplication(connections, QueueSettings.DEFAULTS);
				WorkerProcess victim = WorkerProcess.start(queue);
				WorkerProcess survivor = WorkerProcess.start(queue)) {
			await().atMost(Duration.ofSeconds(60)).until(() -> {
				if (producer.queue(queue).stats().pending() == 0) {
					producer.template().enqueueAll(queue, IntStream.range(0, 20).boxed().toList());
				}
				return !victim.started().isEmpty() && !survivor.started().isEmpty();
			});
			List<String> ids = producer.template().enqueueAll(queue, IntStream.range(0, TASKS).boxed().toList());
			await().atMost(Duration.ofSeconds(60)).until(() -> ids.stream().anyMatch(victim.started()::contains));
			victim.kill();
			long killed = System.nanoTime();
			long pending = producer.queue(queue).stats().pending();
			await().atMost(WorkerProcess.LEASE.plusSeconds(60)).until(() -> producer.queue(queue).stats().tasks() == 0);
			Duration took = Duration.ofNanos(System.nanoTime() - killed);
			Set<String> unfinished = new HashSet<>(victim.started());
			unfinished.removeAll(victim.finished());
			assertThat(unfinished).as("tasks that the kill interrupted").isNotEmpty();
			await().untilAsserted(() -> {
				Set<String> finished = new HashSet<>(victim.finished());
				finished.addAll(survivor.finished());
				assertThat(finished).containsAll(ids);
				assertThat(survivor.finished()).containsAll(unfinished);
			});
			assertThat(producer.queue(queue).failed().list(0, 1)).isEmpty();
			logger.info(
					"The kill interrupted {} tasks with {} pending; all was finished after {} ms, the lease is {} ms",
					unfinished.size(), pending, took.toMillis(), WorkerProcess.LEASE.toMillis());
		}
		finally {
			connections.destroy();
		}
	}

}
