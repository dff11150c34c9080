package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.ArqueException;

import org.springframework.data.redis.RedisSystemException;
import org.springframework.util.ReflectionUtils;

/**
 * {@code SharedEnqueues} adds tasks for many callers at once: what is asked for while a
 * call is under way goes into the next call, together. Few callers who wait make a call
 * each, which is faster for them. Tasks that are added in the background keep their
 * order: one call is under way at a time. Callers that wait have no order among them, and
 * two if many wait. Whoever adds a task when there is no run starts one, and it goes on
 * until nothing is left, so that nothing waits without one.
 */
final class SharedEnqueues {

	private static final int THREADS = 4;

	/** A thread that has had nothing to do for so long ends. */
	private static final int IDLE_SECONDS = 10;

	/** So many callbacks at least may block at once. */
	private static final int MIN_CALLBACKS = 16;

	/**
	 * So many more threads at the most make up for those that wait for a result; where
	 * these are too few, to wait throws a RejectedExecutionException.
	 */
	private static final int MAX_SPARE_CALLBACKS = 256;

	private static final int MAX_WAITING = 100_000;

	/** So many calls for those who wait are under way at once. */
	private static final int MAX_RUNS = 2;

	/** From so many that wait on, a second call is made beside the first. */
	private static final int MANY = 16;

	/**
	 * So many callers of one queue make a call each: measured, from 16 callers on sharing
	 * is faster.
	 */
	static final int PLAIN_CALLERS = 8;

	private final ArqueClient client;

	private final Executor executor = newExecutor(Thread.currentThread().getContextClassLoader());

	private final Executor callbacks = newCallbacks(Thread.currentThread().getContextClassLoader());

	private final Map<String, Waiting> callers = new ConcurrentHashMap<>();

	private final Map<String, Waiting> background = new ConcurrentHashMap<>();

	SharedEnqueues(ArqueClient client) {
		this.client = client;
	}

	/**
	 * Adds a task and waits for it.
	 * @param queue the queue's name
	 * @param task the task
	 * @return Redis's status for the task
	 * @throws org.springframework.dao.DataAccessException if Redis cannot be reached,
	 * does not answer, or refuses, or the thread is interrupted
	 */
	char enqueue(String queue, NewTask task) {
		Waiting waiting = waiting(this.callers, MAX_RUNS, queue, task);
		try {
			if (waiting.callers.incrementAndGet() <= PLAIN_CALLERS && waiting.runs.get() == 0) {
				return waiting.partition.enqueue(List.of(task)).charAt(0);
			}
			return share(waiting, task).get();
		}
		catch (ExecutionException ex) {
			ReflectionUtils.rethrowRuntimeException(ex.getCause());
			throw new IllegalStateException(ex); // cannot be: the line above throws
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new RedisSystemException("Interrupted; whether task " + task.id() + " is enqueued is not known", ex);
		}
		finally {
			waiting.callers.decrementAndGet();
		}
	}

	/**
	 * Adds a task in the background.
	 * @param queue the queue's name
	 * @param task the task
	 * @return completes with Redis's status for the task, or its failure, on a thread
	 * that does not send
	 */
	CompletableFuture<Character> enqueueAsync(String queue, NewTask task) {
		return share(waiting(this.background, 1, queue, task), task).whenCompleteAsync((status, failure) -> {
		}, this.callbacks);
	}

	/**
	 * Returns what runs calls in the background.
	 * @return the threads
	 */
	Executor executor() {
		return this.executor;
	}

	private Waiting waiting(Map<String, Waiting> of, int maxRuns, String queue, NewTask task) {
		QueuePartition partition = this.client.queue(queue).partition(task.id());
		return of.computeIfAbsent(partition.tag(), (tag) -> new Waiting(partition, maxRuns));
	}

	private CompletableFuture<Character> share(Waiting waiting, NewTask task) {
		if (waiting.size.get() >= MAX_WAITING) {
			return CompletableFuture.failedFuture(new ArqueException("Task " + task.id() + " is not enqueued: "
					+ MAX_WAITING + " tasks for queue " + waiting.partition.queue().name() + " wait already"));
		}
		Waiter waiter = new Waiter(task, new CompletableFuture<>());
		waiting.waiters.add(waiter);
		waiting.size.incrementAndGet();
		if (waiting.begins()) {
			run(waiting);
		}
		return waiter.status;
	}

	/** Sends what waits then, behind the runs of others. */
	private void run(Waiting waiting) {
		try {
			this.executor.execute(() -> {
				try {
					sendAll(waiting);
				}
				finally {
					if (waiting.goesOn()) {
						run(waiting);
					}
				}
			});
		}
		catch (RuntimeException | Error ex) { // such as "unable to create native thread"
			do {
				waiting.take().forEach((waiter) -> waiter.status.completeExceptionally(ex));
			}
			while (waiting.goesOn());
		}
	}

	private static void sendAll(Waiting waiting) {
		List<Waiter> waiters = waiting.take();
		try {
			int from = 0;
			for (List<NewTask> call : NewTask.calls(waiters.stream().map(Waiter::task).toList())) {
				send(waiting.partition, call, waiters.subList(from, from + call.size()));
				from += call.size();
			}
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			waiters.forEach((waiter) -> waiter.status.completeExceptionally(ex));
			throw ex;
		}
	}

	private static void send(QueuePartition partition, List<NewTask> call, List<Waiter> waiters) {
		try {
			String statuses = partition.enqueue(call);
			for (int i = 0; i < waiters.size(); i++) {
				waiters.get(i).status.complete(statuses.charAt(i));
			}
		}
		catch (RuntimeException | Error ex) { // whoever waits must be told
			waiters.forEach((waiter) -> waiter.status.completeExceptionally(ex));
		}
	}

	/**
	 * Returns what runs that which callers do with results. The common pool is not for
	 * that: its threads do not know an application's classes; and on two processors it
	 * has one, which Lettuce needs to log in. A thread that waits for another result is
	 * made up for.
	 */
	private static Executor newCallbacks(ClassLoader classes) {
		int threads = Math.max(MIN_CALLBACKS, Runtime.getRuntime().availableProcessors());
		return new ForkJoinPool(threads, (pool) -> {
			ForkJoinWorkerThread thread = ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
			thread.setName("arque-callback");
			thread.setContextClassLoader(classes);
			return thread;
		}, null, true, threads, threads + MAX_SPARE_CALLBACKS, 1, null, IDLE_SECONDS, TimeUnit.SECONDS);
	}

	private static Executor newExecutor(ClassLoader classes) {
		ThreadPoolExecutor pool = new ThreadPoolExecutor(THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(), (task) -> {
					Thread thread = new Thread(null, task, "arque-enqueue", 0, false);
					thread.setContextClassLoader(classes);
					thread.setDaemon(true);
					return thread;
				});
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

	/**
	 * What waits to be added to one partition of a queue.
	 */
	private static final class Waiting {

		private final QueuePartition partition;

		/** One keeps the order in which tasks come. */
		private final int maxRuns;

		private final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();

		/** How many wait; while one is added or taken, one more or fewer. */
		private final AtomicInteger size = new AtomicInteger();

		private final AtomicInteger runs = new AtomicInteger();

		private final AtomicInteger callers = new AtomicInteger();

		Waiting(QueuePartition partition, int maxRuns) {
			this.partition = partition;
			this.maxRuns = maxRuns;
		}

		/**
		 * Whether a run has to be started for what was added: there is none, or only one
		 * and many wait.
		 */
		boolean begins() {
			int now = this.runs.get();
			while (now == 0 || now < this.maxRuns && this.size.get() >= MANY) {
				int witness = this.runs.compareAndExchange(now, now + 1);
				if (witness == now) {
					return true;
				}
				now = witness;
			}
			return false;
		}

		/** Whether a run has to go on, since there is more. */
		boolean goesOn() {
			if (!this.waiters.isEmpty()) {
				return true;
			}
			this.runs.decrementAndGet();
			return !this.waiters.isEmpty() && begins(); // added after this had looked
		}

		List<Waiter> take() {
			List<Waiter> taken = new ArrayList<>();
			for (Waiter next = this.waiters.poll(); next != null; next = this.waiters.poll()) {
				taken.add(next);
			}
			this.size.addAndGet(-taken.size());
			return taken;
		}

	}

	private record Waiter(NewTask task, CompletableFuture<Character> status) {
	}

}
