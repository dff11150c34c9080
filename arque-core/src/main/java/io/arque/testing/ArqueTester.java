package io.arque.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.redis.ArqueClient;
import io.arque.redis.QueueProbe;
import io.arque.redis.QueueProbe.SeenTask;
import io.arque.redis.RedisQueue;

/**
 * {@code ArqueTester} is for an application's own tests: it looks at what was enqueued,
 * makes delayed tasks due without waiting for the clock, waits until all is done, and
 * clears up. It works on a real Redis, through the application's {@link ArqueClient}
 * bean, and needs no test framework. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class ArqueTester {

	private static final int MAX_SEEN = 10_000;

	private static final int MAX_TOLD = 5;

	private static final long POLL_MILLIS = 10;

	private final ArqueClient client;

	/**
	 * Creates a tester.
	 * @param client the application's client
	 */
	public ArqueTester(ArqueClient client) {
		this.client = client;
	}

	/**
	 * Looks at the tasks that wait in a queue, without taking them.
	 * @param queue the queue's name
	 * @return the first 10,000 pending tasks in their order, then as many delayed ones by
	 * the time when they are due
	 */
	public List<SeenTask> enqueued(String queue) {
		List<SeenTask> all = new ArrayList<>(probe(queue).peek(TaskState.PENDING, MAX_SEEN));
		all.addAll(probe(queue).peek(TaskState.DELAYED, MAX_SEEN));
		return all;
	}

	/**
	 * Looks at the payloads of the tasks that wait in a queue, without taking them.
	 * @param <T> the payloads' type
	 * @param queue the queue's name
	 * @param type the payloads' type
	 * @return the payloads, in the order of {@link #enqueued}
	 * @throws io.arque.PayloadConversionException if one cannot be read as this type
	 */
	public <T> List<T> payloads(String queue, Class<T> type) {
		return enqueued(queue).stream().map((task) -> task.payload().as(type)).toList();
	}

	/**
	 * Makes all delayed tasks of a queue due now, retries among them: they are pending
	 * when this returns, the earliest first, and listeners are woken.
	 * @param queue the queue's name
	 * @return how many tasks were delayed
	 */
	public long makeDue(String queue) {
		return probe(queue).makeDue();
	}

	/**
	 * Waits until a queue holds no task that is pending, delayed or working. Dead letters
	 * may be left.
	 * @param queue the queue's name
	 * @param atMost how long to wait
	 * @throws AssertionError if there are tasks left then; it tells which
	 */
	public void awaitDrained(String queue, Duration atMost) {
		await(queue, atMost, (stats) -> stats.tasks() == 0);
	}

	/**
	 * Waits as {@link #awaitDrained} does, but makes tasks due whenever some are delayed:
	 * all retries come at once. A task that is put off for ever keeps it waiting.
	 * @param queue the queue's name
	 * @param atMost how long to wait
	 * @throws AssertionError if there are tasks left then; it tells which
	 */
	public void drain(String queue, Duration atMost) {
		await(queue, atMost, (stats) -> {
			if (stats.delayed() > 0) {
				makeDue(queue);
			}
			return stats.tasks() == 0;
		});
	}

	/**
	 * Removes all that a queue holds: tasks in whatever state, dead letters, a pause or
	 * limit that was set at run time, counters. What a handler works on loses its lease.
	 * @param queue the queue's name
	 */
	public void clear(String queue) {
		probe(queue).clear();
	}

	private QueueProbe probe(String queue) {
		return this.client.queue(queue).probe();
	}

	private void await(String name, Duration atMost, Predicate<QueueStats> done) {
		RedisQueue queue = this.client.queue(name);
		long begin = System.nanoTime();
		while (true) {
			QueueStats stats = queue.stats();
			if (done.test(stats)) {
				return;
			}
			if (System.nanoTime() - begin >= atMost.toNanos()) {
				throw new AssertionError(
						"Queue " + name + " is not drained after " + atMost + ": " + stats + left(queue.probe()));
			}
			try {
				Thread.sleep(POLL_MILLIS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new AssertionError("Interrupted while queue " + name + " was not drained: " + stats, ex);
			}
		}
	}

	private static String left(QueueProbe probe) {
		return Stream.of(TaskState.WORKING, TaskState.PENDING, TaskState.DELAYED)
			.flatMap((place) -> probe.peek(place, MAX_TOLD).stream())
			.map(ArqueTester::text)
			.collect(Collectors.joining());
	}

	private static String text(SeenTask task) {
		return System.lineSeparator() + "  " + task.id() + " " + task.state()
				+ ((task.until() != null) ? " until " + task.until() : "") + ", attempt " + task.delivery().attempt()
				+ ", " + task.payload();
	}

}
