package io.arque.listener;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code HandlerThreads} runs handlers on as few threads as will do; the permits of the
 * listener bound how many that can be. At most one thread at a time is on its way to look
 * for work; when it has found some and there is more, it wakes the next before it begins.
 * So a hundred short tasks are run by a few threads that are awake anyway, and a hundred
 * that block by a hundred. Who went to sleep last is woken first. A pool of the JDK wakes
 * its threads in turn, and spent more time on that than on short tasks. The idea is that
 * of the schedulers of Go and Tokio. Safe for use by many threads.
 */
final class HandlerThreads implements Handlers, AutoCloseable {

	private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	private final ThreadFactory factory;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	/** Whether a thread was woken or started that has not looked for work yet. */
	private final AtomicBoolean searching = new AtomicBoolean();

	/** The monitor of this guards those that sleep, how many there are, and the end. */
	private final Deque<Worker> sleeping = new ArrayDeque<>();

	/** Whether it was told that no further thread could be had. */
	private volatile boolean shortage;

	private int threads;

	private boolean closed;

	/**
	 * Starts no thread yet.
	 * @param factory makes them
	 */
	HandlerThreads(ThreadFactory factory) {
		this.factory = factory;
	}

	@Override
	public <T extends Runnable> void execute(List<T> more, BiConsumer<T, Throwable> refused) {
		try {
			this.tasks.addAll(more); // all or, for want of memory, none
		}
		catch (RuntimeException | Error ex) {
			more.forEach((task) -> refused.accept(task, ex));
			return;
		}
		try {
			wakeOne();
		}
		catch (RuntimeException | Error ex) {
			more.stream().filter(this.tasks::remove).forEach((task) -> refused.accept(task, ex));
		}
	}

	/**
	 * Sees to it that a thread looks for work. If all are busy none has to be told: each
	 * looks for more when it is done.
	 */
	private void wakeOne() {
		if (!this.searching.compareAndSet(false, true)) {
			return;
		}
		Worker worker;
		synchronized (this.sleeping) {
			worker = this.sleeping.pollLast();
			if (worker == null && this.closed) {
				this.searching.set(false);
				if (this.threads == 0) {
					throw new RejectedExecutionException("Closed");
				}
				return;
			}
			this.threads += (worker == null) ? 1 : 0;
		}
		if (worker != null) {
			worker.wake();
		}
		else {
			startOne();
		}
	}

	private void startOne() {
		try {
			new Worker().thread.start();
			this.shortage = false;
		}
		catch (RuntimeException | Error ex) { // such as "unable to create native thread"
			synchronized (this.sleeping) {
				this.threads--;
				this.searching.set(false);
			}
			throw ex;
		}
	}

	/**
	 * Ends the threads when they have nothing to do. Does not wait for them.
	 */
	@Override
	public void close() {
		synchronized (this.sleeping) {
			this.closed = true;
			this.sleeping.forEach((worker) -> LockSupport.unpark(worker.thread));
		}
	}

	/**
	 * What one thread does: it runs tasks as long as there are any, then sleeps.
	 */
	private final class Worker implements Runnable {

		private final Thread thread;

		private volatile boolean woken = true;

		Worker() {
			this.thread = HandlerThreads.this.factory.newThread(this);
		}

		void wake() {
			this.woken = true;
			LockSupport.unpark(this.thread);
		}

		@Override
		public void run() {
			do {
				work();
			}
			while (sleep());
		}

		private void work() {
			HandlerThreads pool = HandlerThreads.this;
			Runnable task = pool.tasks.poll();
			if (this.woken) {
				this.woken = false;
				pool.searching.set(false);
				if (!pool.tasks.isEmpty()) {
					wakeAnother();
				}
			}
			while (task != null) {
				run(task);
				task = pool.tasks.poll();
			}
		}

		/** Without another thread this one runs what there is. */
		private void wakeAnother() {
			try {
				wakeOne();
			}
			catch (RuntimeException | Error ex) { // such as "unable to create native
													// thread"
				if (!HandlerThreads.this.shortage) {
					HandlerThreads.this.shortage = true;
					logger.warn("No further thread for tasks that wait: {}", ex.toString());
				}
			}
		}

		private void run(Runnable task) {
			Thread.interrupted(); // meant for a task that has ended
			try {
				task.run();
			}
			catch (Throwable ex) { // a thread is there for the next task too
				this.thread.getUncaughtExceptionHandler().uncaughtException(this.thread, ex);
			}
		}

		/**
		 * Sleeps until woken.
		 * @return false if nobody woke this thread for a long time, or all is over
		 */
		private boolean sleep() {
			HandlerThreads pool = HandlerThreads.this;
			synchronized (pool.sleeping) {
				if (pool.closed && pool.tasks.isEmpty()) {
					pool.threads--;
					return false;
				}
				pool.sleeping.addLast(this);
			}
			if (!pool.tasks.isEmpty()) { // added after this thread looked: maybe nobody
											// was told
				wakeOne();
			}
			long until = System.nanoTime() + IDLE_NANOS;
			while (!this.woken) {
				LockSupport.parkNanos(pool, until - System.nanoTime());
				Thread.interrupted(); // meant for a task that has ended
				synchronized (pool.sleeping) {
					boolean over = pool.closed || System.nanoTime() - until >= 0;
					if (over && pool.sleeping.remove(this)) {
						pool.threads--;
						return false;
					}
				}
			}
			return true;
		}

	}

}
