package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.ArqueException;

/**
 * {@code SharedEnqueues} adds tasks in the background: what is asked for while a call is
 * under way goes into the next call, together. A queue has one call under way at a time.
 * Whoever raises {@link Waiting#size} from zero starts a run, and the run goes on until
 * it has brought it back to zero, so that nothing is left waiting without one.
 */
final class SharedEnqueues {

	private static final int THREADS = 4;

	private static final int MAX_WAITING = 100_000;

	/** What callers do with a result is not done by the threads that send. */
	private static final Executor CALLBACKS = new CompletableFuture<>().defaultExecutor();

	private final ArqueClient client;

	private final Executor executor = executor();

	private final Map<String, Waiting> queues = new ConcurrentHashMap<>();

	SharedEnqueues(ArqueClient client) {
		this.client = client;
	}

	/**
	 * Adds a task.
	 * @param queue the queue's name
	 * @param task the task
	 * @return completes with Redis's status for the task
	 */
	CompletableFuture<Character> enqueue(String queue, NewTask task) {
		RedisQueue to = this.client.queue(queue);
		Waiting waiting = this.queues.computeIfAbsent(queue, (name) -> new Waiting());
		if (waiting.size.get() >= MAX_WAITING) {
			return CompletableFuture.failedFuture(new ArqueException("Task " + task.id() + " is not enqueued: "
					+ MAX_WAITING + " tasks for queue " + queue + " wait already"));
		}
		Waiter waiter = new Waiter(task, new CompletableFuture<>());
		waiting.waiters.add(waiter);
		if (waiting.size.getAndIncrement() == 0) {
			this.executor.execute(() -> run(to, waiting));
		}
		return waiter.status;
	}

	private static void run(RedisQueue queue, Waiting waiting) {
		int left;
		do {
			List<Waiter> waiters = new ArrayList<>();
			for (Waiter next = waiting.waiters.poll(); next != null; next = waiting.waiters.poll()) {
				waiters.add(next);
			}
			int from = 0;
			for (List<NewTask> call : NewTask.calls(waiters.stream().map(Waiter::task).toList())) {
				send(queue, call, waiters.subList(from, from + call.size()));
				from += call.size();
			}
			left = waiting.size.addAndGet(-waiters.size());
		}
		while (left > 0);
	}

	private static void send(RedisQueue queue, List<NewTask> call, List<Waiter> waiters) {
		try {
			String statuses = queue.enqueue(call);
			for (int i = 0; i < waiters.size(); i++) {
				char status = statuses.charAt(i);
				waiters.get(i).status.completeAsync(() -> status);
			}
		}
		catch (RuntimeException | Error ex) { // whoever waits must be told
			CALLBACKS.execute(() -> waiters.forEach((waiter) -> waiter.status.completeExceptionally(ex)));
		}
	}

	private static Executor executor() {
		ThreadPoolExecutor pool = new ThreadPoolExecutor(THREADS, THREADS, 10, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), (task) -> {
					Thread thread = new Thread(task, "arque-enqueue");
					thread.setDaemon(true);
					return thread;
				});
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

	/**
	 * What waits to be added to one queue.
	 */
	private static final class Waiting {

		private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

		private final AtomicInteger size = new AtomicInteger();

	}

	private record Waiter(NewTask task, CompletableFuture<Character> status) {
	}

}
