package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.arque.Checks;
import io.arque.DequeueResult;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;

/**
 * {@code HandDequeue} leases tasks for workers that are their own loop. A call that got
 * no answer is repeated by the next one, so that leases which it may have given are not
 * left to expire.
 */
final class HandDequeue {

	private static final Logger logger = LoggerFactory.getLogger(HandDequeue.class);

	/** What a lost wake-up message may cost: the waiting call looks this often. */
	static final Duration SLOW_LOOK = Duration.ofSeconds(1);

	private final QueueAccess queue;

	private final Queue<Turn> idle = new ConcurrentLinkedQueue<>();

	HandDequeue(QueueAccess queue) {
		this.queue = queue;
	}

	DequeueResult dequeue(int max, Duration wait) {
		if (max < 1 || max > Fetch.MAX_TASKS) {
			throw new IllegalArgumentException("max must be 1 to " + Fetch.MAX_TASKS + ", it is " + max);
		}
		if (Checks.notNull(wait, "wait").isNegative()) {
			throw new IllegalArgumentException("wait must not be negative, it is " + wait);
		}
		Turn turn = this.idle.poll();
		if (turn == null) {
			Lane lane = this.queue.client().instance().newLane();
			turn = new Turn(new QueueConsumer(this.queue, lane));
		}
		try {
			return wait.isZero() ? turn.take(max, Join.NEVER) : await(turn, max, wait);
		}
		finally {
			this.idle.add(turn);
		}
	}

	private DequeueResult await(Turn turn, int max, Duration wait) {
		long end = System.nanoTime() + ((wait.compareTo(Checks.FOREVER) < 0) ? wait : Checks.FOREVER).toNanos();
		Semaphore woken = new Semaphore(0);
		try (WakeUp.Subscription subscription = this.queue.client()
			.wakeUp()
			.subscribe(this.queue.name(), woken::release)) {
			while (true) {
				long left = end - System.nanoTime();
				DequeueResult result = turn.take(max, (left > 0) ? Join.WHEN_EMPTY : Join.NEVER);
				if (!result.isEmpty() || left <= 0) {
					return result;
				}
				long pause = Math.min(left, Math.min(this.queue.client().slowLook().toNanos(), turn.nextLookNanos()));
				if (woken.tryAcquire(pause, TimeUnit.NANOSECONDS)) {
					woken.drainPermits();
				}
			}
		}
		catch (InterruptedException ex) {
			try {
				turn.leave();
			}
			finally {
				Thread.currentThread().interrupt();
			}
			return new DequeueResult(List.of(), DequeueResult.Reason.EMPTY);
		}
	}

	/**
	 * A consumer, the fetch that it still has to get an answer for, and what it owes to
	 * Redis: damaged tasks to reject, and tasks that came too late for the call that
	 * asked for them. Used by one thread at a time.
	 */
	private static final class Turn {

		private final QueueConsumer consumer;

		private final List<Settlement> owed = new ArrayList<>();

		private @Nullable Fetch unanswered;

		private @Nullable Duration nextLook;

		Turn(QueueConsumer consumer) {
			this.consumer = consumer;
		}

		DequeueResult take(int max, Join join) {
			boolean repeated = this.unanswered != null;
			Fetched fetched = execute((this.unanswered != null) ? this.unanswered : fetch(max, join));
			// nothing, although there is more: one call passes over so many entries only
			while (fetched.tasks().isEmpty() && (repeated || fetched.more() || !this.owed.isEmpty())) {
				repeated = false;
				fetched = execute(fetch(max, join));
			}
			List<LeasedTask> tasks = fetched.tasks();
			if (tasks.size() > max) {
				tasks.subList(max, tasks.size())
					.forEach((task) -> this.owed.add(Settlement.handBack(task, Duration.ZERO)));
				tasks = tasks.subList(0, max);
			}
			if (!this.owed.isEmpty()) {
				tellOwed();
			}
			return new DequeueResult(tasks, fetched.reason());
		}

		void leave() {
			if (this.unanswered != null) {
				execute(this.unanswered).tasks()
					.forEach((task) -> this.owed.add(Settlement.handBack(task, Duration.ZERO)));
			}
			execute(fetch(0, Join.NEVER));
		}

		/** At once, since nobody knows when this turn comes again; at the latest then. */
		private void tellOwed() {
			try {
				execute(fetch(0, Join.NEVER));
			}
			catch (DataAccessException ex) {
				logger.debug("Redis is told later what becomes of some tasks", ex);
			}
		}

		private Fetch fetch(int max, Join join) {
			List<Settlement> settlements = List.copyOf(this.owed);
			this.owed.clear();
			return new Fetch(max, join, false, true, settlements);
		}

		private Fetched execute(Fetch fetch) {
			this.unanswered = fetch;
			Fetched fetched = this.consumer.dequeue(fetch);
			this.unanswered = null;
			this.nextLook = fetched.nextLook();
			this.owed.addAll(fetched.damaged());
			return fetched;
		}

		long nextLookNanos() {
			return (this.nextLook != null) ? this.nextLook.toNanos() : Long.MAX_VALUE;
		}

	}

}
