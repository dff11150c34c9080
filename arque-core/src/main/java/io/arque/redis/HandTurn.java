package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.arque.DequeueResult;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;

/**
 * {@code HandTurn} is a consumer of one partition, the fetch that it still has to get an
 * answer for, and what it owes to Redis: damaged tasks to reject, and tasks that came too
 * late for the call that asked for them. Used by one thread at a time.
 */
final class HandTurn {

	private static final Logger logger = LoggerFactory.getLogger(HandTurn.class);

	private final QueueConsumer consumer;

	private final List<Settlement> owed = new ArrayList<>();

	private @Nullable Fetch unanswered;

	private @Nullable Duration nextLook;

	private boolean waits;

	HandTurn(QueueConsumer consumer) {
		this.consumer = consumer;
	}

	/**
	 * Takes tasks.
	 * @param max how many at the most
	 * @param join when to wait to be woken
	 * @param suspect whether one may be a suspect
	 * @return the tasks, or why there are none
	 */
	DequeueResult take(int max, Join join, boolean suspect) {
		boolean repeated = this.unanswered != null;
		this.waits = join != Join.NEVER;
		Fetched fetched = execute((this.unanswered != null) ? this.unanswered : fetch(max, join, suspect));
		// nothing, although there is more: one call passes over so many entries only
		while (fetched.tasks().isEmpty() && (repeated || fetched.more() || !this.owed.isEmpty())) {
			repeated = false;
			fetched = execute(fetch(max, join, suspect));
		}
		List<LeasedTask> tasks = fetched.tasks();
		if (tasks.size() > max) {
			tasks.subList(max, tasks.size()).forEach((task) -> this.owed.add(Settlement.handBack(task, Duration.ZERO)));
			tasks = tasks.subList(0, max);
		}
		if (!this.owed.isEmpty()) {
			tellOwed();
		}
		this.waits &= tasks.isEmpty();
		return new DequeueResult(tasks, fetched.reason());
	}

	/**
	 * Leaves the waiters, if it may be one, and hands back what it has not told anybody
	 * of.
	 */
	void leave() {
		if (this.unanswered != null) {
			execute(this.unanswered).tasks().forEach((task) -> this.owed.add(Settlement.handBack(task, Duration.ZERO)));
		}
		execute(fetch(0, Join.NEVER, false));
		this.waits = false;
	}

	/**
	 * Whether it may be among those who wait to be woken.
	 * @return whether it joined them with its last call
	 */
	boolean waits() {
		return this.waits;
	}

	/**
	 * Whether Redis has to be told or asked something before anything else.
	 * @return whether a call got no answer, or something is owed
	 */
	boolean isOpen() {
		return this.unanswered != null || !this.owed.isEmpty();
	}

	/** At once, since nobody knows when this turn comes again; at the latest then. */
	private void tellOwed() {
		try {
			execute(fetch(0, Join.NEVER, false));
		}
		catch (DataAccessException ex) {
			logger.debug("Redis is told later what becomes of some tasks", ex);
		}
	}

	private Fetch fetch(int max, Join join, boolean suspect) {
		List<Settlement> settlements = List.copyOf(this.owed);
		this.owed.clear();
		return new Fetch(max, join, false, suspect, settlements);
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
