package io.arque.samples.quickstart;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.annotation.ArqueListener;

import org.springframework.context.annotation.Profile;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * {@code CountedRun} enqueues a number of small orders at once, waits until the queue has
 * released or failed each of them, and counts what became of them.
 */
@Component
@Profile(CountedRun.PROFILE)
class CountedRun {

	static final String PROFILE = "tasks";

	private static final int MAX_TASKS = 10_000;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ArqueOperations arque;

	private final ArqueQueue queue;

	/** The ids of the tasks whose handler has returned. */
	private final Set<String> returned = ConcurrentHashMap.newKeySet();

	CountedRun(ArqueOperations arque) {
		this.arque = arque;
		this.queue = arque.queue("orders");
	}

	@ArqueListener(queues = "orders")
	void work(Order order, LeasedTask task) throws InterruptedException {
		order.fulfil();
		this.returned.add(task.id());
	}

	Outcome run(int tasks) throws InterruptedException {
		if (!await((stats) -> true)) {
			return new Outcome(0, 0, 0, false);
		}
		List<String> ids = this.arque.enqueueAll("orders",
				IntStream.rangeClosed(1, tasks)
					.mapToObj((number) -> new Order(Duration.ofMillis(5 + number % 10), number % 8 == 0))
					.toList());
		boolean complete = await((stats) -> stats.tasks() == 0);
		int released = 0;
		int failed = 0;
		for (String id : ids) {
			Optional<TaskState> state = this.queue.task(id).map(TaskInfo::state);
			if (state.isEmpty() && this.returned.contains(id)) {
				released++;
			}
			else if (state.equals(Optional.of(TaskState.FAILED))) {
				failed++;
			}
		}
		Outcome outcome = new Outcome(ids.size(), released, failed, complete);
		if (outcome.exitCode() == 0) {
			// The keys are this run's own: nobody would come back for its dead letters.
			this.queue.failed().purge();
		}
		return outcome;
	}

	/**
	 * Waits until the queue is as wanted, or nothing has changed for long.
	 */
	private boolean await(Predicate<QueueStats> wanted) throws InterruptedException {
		QueueStats last = null;
		long changed = System.nanoTime();
		while (System.nanoTime() - changed < PATIENCE.toNanos()) {
			try {
				QueueStats stats = this.queue.stats();
				if (wanted.test(stats)) {
					return true;
				}
				if (!stats.equals(last)) {
					last = stats;
					changed = System.nanoTime();
				}
			}
			catch (DataAccessException ex) {
				// Redis is away: Statistics tell, and it may come back
			}
			Thread.sleep(100);
		}
		return false;
	}

	/**
	 * Reads {@code --tasks=<number>}.
	 * @return the number, empty if the option is not given
	 * @throws IllegalArgumentException if it is no number, or not a possible one
	 */
	static OptionalInt tasks(String... args) {
		String value = new SimpleCommandLinePropertySource(args).getProperty("tasks");
		if (value == null) {
			return OptionalInt.empty();
		}
		if (value.matches("\\d{1,5}")) {
			int tasks = Integer.parseInt(value);
			if (tasks >= 1 && tasks <= MAX_TASKS) {
				return OptionalInt.of(tasks);
			}
		}
		throw new IllegalArgumentException(
				"--tasks must be a number from 1 to %d, such as --tasks=200; it is '%s'".formatted(MAX_TASKS, value));
	}

	/**
	 * What became of the tasks.
	 *
	 * @param enqueued how many there were
	 * @param released how many were worked on and have left the queue
	 * @param failed how many are dead letters
	 * @param complete whether the queue came to its end
	 */
	record Outcome(int enqueued, int released, int failed, boolean complete) {

		int lost() {
			return this.enqueued - this.released - this.failed;
		}

		int exitCode() {
			return (this.complete && lost() == 0) ? 0 : 1;
		}

		@Override
		public String toString() {
			return "enqueued=%d released=%d failed=%d lost=%d".formatted(this.enqueued, this.released, this.failed,
					lost());
		}

	}

}
