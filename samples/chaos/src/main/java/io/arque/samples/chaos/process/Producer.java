package io.arque.samples.chaos.process;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

import io.arque.ArqueException;
import io.arque.ArqueOperations;
import io.arque.EnqueueAllException;
import io.arque.EnqueueOptions;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;

/**
 * {@code Producer} enqueues in all the ways that there are: one by one and many at once,
 * with and without waiting, some with an id of their own, some delayed. Each task is
 * tried once, written down before and after.
 */
class Producer {

	private static final int THREADS = 4;

	private static final int MANY = 20;

	/** So many take several script calls, of which two are under way at once. */
	private static final int VERY_MANY = 1200;

	private static final int MAX_WAITING = 200;

	private static final Duration PAUSE = Duration.ofMillis(50);

	private final ArqueOperations operations;

	private final RecordWriter record;

	private final Orders orders;

	private final List<String> queues;

	private final AtomicLong next = new AtomicLong();

	private final Semaphore waiting = new Semaphore(MAX_WAITING);

	private final long startNanos = System.nanoTime();

	Producer(ArqueOperations operations, RecordWriter record, Orders orders, @Value("${chaos.queues}") String queues) {
		this.operations = operations;
		this.record = record;
		this.orders = orders;
		this.queues = Arrays.asList(queues.split(","));
	}

	/**
	 * Enqueues all, and returns when each is acknowledged or has failed.
	 */
	void run() throws InterruptedException {
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			Thread thread = new Thread(this::produce, "producer-" + i);
			threads.add(thread);
			thread.start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
		this.waiting.acquire(MAX_WAITING);
	}

	private void produce() {
		try {
			while (true) {
				ThreadLocalRandom random = ThreadLocalRandom.current();
				int way = random.nextInt(10);
				int count = (way != 0) ? 1 : (random.nextInt(50) == 0) ? VERY_MANY : MANY;
				long first = this.next.getAndAdd(count);
				if (first >= this.orders.tasks()) {
					return;
				}
				awaitTurn(first);
				String queue = this.queues.get(random.nextInt(this.queues.size()));
				enqueue(way, queue, first, (int) Math.min(count, this.orders.tasks() - first));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void awaitTurn(long task) throws InterruptedException {
		long due = this.startNanos + (long) (task * 1e9 / this.orders.perSecond());
		long left = due - System.nanoTime();
		if (left > 0) {
			Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
		}
	}

	private void enqueue(int way, String queue, long first, int count) throws InterruptedException {
		String name = this.orders.name() + "-" + first;
		switch (way) {
			case 0 -> enqueueAll(queue, first, count);
			case 1, 2, 3 -> enqueueAsync(queue, name);
			case 4 -> enqueue(queue, name, EnqueueOptions.none().withId("id-" + name));
			case 5 -> enqueue(queue, name, EnqueueOptions.none().withDelay(Duration.ofMillis(300)));
			default -> enqueue(queue, name, EnqueueOptions.none());
		}
	}

	private void enqueue(String queue, String name, EnqueueOptions options) throws InterruptedException {
		this.record.write(Kind.INTENDED, name);
		try {
			this.operations.enqueue(queue, bytes(name), options);
			this.record.write(Kind.ACKNOWLEDGED, name);
		}
		catch (DataAccessException | ArqueException ex) {
			this.record.write(failed(ex), name);
			Thread.sleep(PAUSE.toMillis());
		}
	}

	private void enqueueAsync(String queue, String name) throws InterruptedException {
		this.waiting.acquire();
		this.record.write(Kind.INTENDED, name);
		this.operations.enqueueAsync(queue, bytes(name), EnqueueOptions.none()).whenComplete((id, failure) -> {
			this.record.write((failure == null) ? Kind.ACKNOWLEDGED : failed(failure), name);
			this.waiting.release();
		});
	}

	private void enqueueAll(String queue, long first, int count) throws InterruptedException {
		List<String> names = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			names.add(this.orders.name() + "-" + (first + i));
		}
		names.forEach((name) -> this.record.write(Kind.INTENDED, name));
		int acknowledged = count;
		Kind rest = Kind.UNCERTAIN;
		try {
			this.operations.enqueueAll(queue, names.stream().map(Producer::bytes).toList());
		}
		catch (EnqueueAllException ex) {
			// in which partition each is only the ids tell, which are not known
			boolean isInOrder = this.orders.partitions() == 1;
			acknowledged = isInOrder ? ex.enqueued().size() : 0;
			rest = isInOrder ? failed(ex) : Kind.UNCERTAIN;
			Thread.sleep(PAUSE.toMillis());
		}
		for (int i = 0; i < count; i++) {
			this.record.write((i < acknowledged) ? Kind.ACKNOWLEDGED : rest, names.get(i));
		}
	}

	/** Whether the task may be in Redis although its enqueue failed. */
	private static Kind failed(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof TransientDataAccessResourceException
					&& String.valueOf(cause.getMessage()).startsWith("Redis is full")) {
				return Kind.NO_ROOM;
			}
		}
		return Kind.UNCERTAIN;
	}

	private static byte[] bytes(String name) {
		return name.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * What this producer is to do.
	 *
	 * @param name what its tasks' names begin with
	 * @param tasks how many
	 * @param perSecond how many a second
	 * @param partitions how many each queue has
	 */
	record Orders(@Value("${chaos.name}") String name, @Value("${chaos.tasks}") long tasks,
			@Value("${chaos.per-second}") double perSecond, @Value("${chaos.partitions}") int partitions) {
	}

}
