package io.arque.listener;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code Pace} decides when a call to Redis pays. While many tasks wait for a thread
 * anyway and few permits are free, the next call can wait a moment, and will bring the
 * more. While a call is under way and many permits are free, another one beside it pays.
 * The loop makes its calls one after the other; the rest is safe for use by many threads.
 */
final class Pace {

	/** So large a part of all permits is many. */
	private static final double MANY = 0.25;

	/** So long at the most what has finished waits to be told. */
	private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	private final Permits permits;

	private final int many;

	/** As many free permits leave something for every queue. */
	private final int enough;

	/** Tasks that were fetched and wait for a thread. */
	private final AtomicInteger waiting = new AtomicInteger();

	private volatile boolean calling;

	private volatile long calledNanos = System.nanoTime();

	/**
	 * Begins with a call that has just ended.
	 * @param permits what the queues share
	 * @param queues how many they are
	 */
	Pace(Permits permits, int queues) {
		this.permits = permits;
		this.many = (int) Math.ceil(permits.all() * MANY);
		this.enough = Math.max(this.many, queues);
	}

	/** The loop begins a call. */
	void calls() {
		this.calling = true;
	}

	/** The loop's call has ended. */
	void called() {
		this.calling = false;
		this.calledNanos = System.nanoTime();
	}

	/** Tasks were fetched and will be run. */
	void fetched(int tasks) {
		this.waiting.addAndGet(tasks);
	}

	/**
	 * A thread has begun with a task.
	 * @return whether now few are left that wait for one
	 */
	boolean begun() {
		return this.waiting.decrementAndGet() == this.many;
	}

	/**
	 * Tells how long the loop's next call can wait: not at all unless many tasks wait for
	 * a thread and few permits are free.
	 * @return nanoseconds, 0 if it cannot wait
	 */
	long restNanos() {
		if (this.waiting.get() <= this.many || this.permits.free() >= this.many) {
			return 0;
		}
		return Math.max(0, PATIENCE_NANOS - (System.nanoTime() - this.calledNanos));
	}

	/**
	 * Whether a call beside the loop's pays.
	 * @return whether one is under way, and another would bring many tasks without taking
	 * another queue's turn
	 */
	boolean needsAssistance() {
		return this.calling && this.permits.free() >= this.enough;
	}

}
