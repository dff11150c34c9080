package io.arque.listener;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.redis.QueueProbe.SeenTask;
import io.arque.test.OwnServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that works gets {@code SIGTERM} at a random moment: what it had begun is done
 * or handed back. See {@code docs/reliability/stop.md}.
 */
@OwnServer
class StopUnderLoadTests {

	private static final Logger logger = LoggerFactory.getLogger(StopUnderLoadTests.class);

	private static final int STOPS = Integer.getInteger("arque.test.stops", 5);

	private static final int TASKS = 3000;

	/**
	 * What the machine may add to the two seconds that a container has; none for the
	 * record.
	 */
	private static final Duration SLACK = Duration.ofMillis(Integer.getInteger("arque.test.stops.slack", 10_000));

	@RegisterExtension
	final TestApplication producer = new TestApplication(QueueSettings.DEFAULTS);

	private int handedBack;

	private int finishedAndHandedBack;

	@Test
	void nothingWaitsForALeaseAndNoAttemptIsCountedWhenAWorkerIsTerminated() throws Exception {
		long seed = Long.getLong("arque.test.stops.seed", ThreadLocalRandom.current().nextLong());
		SplittableRandom random = new SplittableRandom(seed);
		Duration longest = Duration.ZERO;
		for (int i = 0; i < STOPS; i++) {
			Duration took = stopOne(random.nextInt(1, TASKS / 2));
			longest = (took.compareTo(longest) > 0) ? took : longest;
		}
		logger.info(
				"{} stops under load, seed {}: {} tasks were handed back, {} of them had ended; the longest stop"
						+ " took {} ms, shutdown-timeout is {} ms",
				STOPS, seed, this.handedBack, this.finishedAndHandedBack, longest.toMillis(),
				StoppedProcess.SHUTDOWN_TIMEOUT.toMillis());
	}

	private Duration stopOne(int after) throws Exception {
		String queue = TestApplication.newQueue();
		List<String> ids = this.producer.template().enqueueAll(queue, IntStream.range(0, TASKS).boxed().toList());
		try (StoppedProcess worker = new StoppedProcess(queue)) {
			worker.awaitFinished(after);
			worker.terminate();
			QueueStats stats = this.producer.queue(queue).stats();
			assertThat(stats.working()).as("tasks that wait for a lease").isZero();
			assertThat(stats.failed()).isZero();
			List<SeenTask> left = this.producer.queue(queue).probe().peek(TaskState.PENDING, TASKS);
			assertThat(left).isNotEmpty().allSatisfy((task) -> {
				assertThat(task.delivery().attempt()).as("attempts of " + task.id()).isZero();
				assertThat(task.delivery().crashes()).isZero();
			});
			count(ids, left, worker.finished());
			assertThat(worker.stopTook()).isPositive()
				.isLessThan(StoppedProcess.SHUTDOWN_TIMEOUT.plusSeconds(2).plus(SLACK));
			return worker.stopTook();
		}
		finally {
			this.producer.queue(queue).probe().clear();
		}
	}

	private void count(List<String> ids, List<SeenTask> left, Set<String> finished) {
		Set<String> accounted = new HashSet<>(finished);
		for (SeenTask task : left) {
			this.handedBack += (task.delivery().dequeuedAt() != null) ? 1 : 0;
			this.finishedAndHandedBack += finished.contains(task.id()) ? 1 : 0;
			accounted.add(task.id());
		}
		assertThat(accounted).containsAll(ids);
	}

}
