package io.arque.redis;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.arque.DequeueResult;
import io.arque.DequeueResult.Reason;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code HandRound} asks the partitions of a queue for tasks, each for as many as the
 * others, beginning with another one each time; then those that gave all that was asked
 * of them for the rest. All together they give one suspect at the most. Used by one
 * thread at a time.
 */
final class HandRound {

	private static final Logger logger = LoggerFactory.getLogger(HandRound.class);

	private final Partitions partitions;

	private final Ledger ledger;

	private final Map<QueuePartition, HandTurn> turns = new LinkedHashMap<>();

	/** Those that the last round has asked: what others said before is long over. */
	private List<HandTurn> lastAsked = List.of();

	private int first;

	HandRound(Partitions partitions, Ledger ledger) {
		this.partitions = partitions;
		this.ledger = ledger;
	}

	/**
	 * Takes tasks.
	 * @param max how many at the most
	 * @param join when to wait to be woken: never, or when there are none
	 * @return the tasks, or why there are none
	 */
	DequeueResult take(int max, Join join) {
		DequeueResult result = takeOnce(max, join);
		return (result.isEmpty() && this.ledger.catchUpAll()) ? takeOnce(max, join) : result;
	}

	private DequeueResult takeOnce(int max, Join join) {
		this.ledger.consuming();
		List<HandTurn> asked = asked();
		this.lastAsked = asked;
		if (asked.size() == 1) {
			return asked.get(0).take(max, join, true);
		}
		Sum sum = new Sum(max, this.partitions.plain().access().settings().retry().suspectFrom());
		List<HandTurn> rich = new ArrayList<>();
		for (int i = 0; i < asked.size() && sum.left() > 0; i++) {
			HandTurn turn = asked.get((this.first + i) % asked.size());
			int share = (sum.left() + asked.size() - i - 1) / (asked.size() - i);
			if (sum.add(turn, share, join) == share) {
				rich.add(turn);
			}
		}
		this.first = (this.first + 1) % Math.max(1, asked.size());
		for (HandTurn turn : rich) {
			if (sum.left() > 0) {
				sum.add(turn, sum.left(), Join.NEVER);
			}
		}
		if (!sum.tasks.isEmpty()) {
			asked.stream().filter(HandTurn::waits).forEach(this::leave);
		}
		return sum.result();
	}

	/**
	 * Returns the partitions that may give tasks, and those that something is left to be
	 * done about.
	 */
	private List<HandTurn> asked() {
		List<HandTurn> asked = new ArrayList<>();
		for (QueuePartition partition : this.partitions.all()) {
			HandTurn turn = this.turns.computeIfAbsent(partition, (own) -> new HandTurn(own.consumer()));
			if (turn.isOpen() || !this.ledger.isWithoutShare(partition.tag())) {
				asked.add(turn);
			}
		}
		return asked;
	}

	/**
	 * Leaves the waiters everywhere.
	 */
	void leave() {
		if (this.turns.size() == 1) {
			this.turns.values().forEach(HandTurn::leave);
			return;
		}
		this.turns.values().stream().filter((turn) -> turn.waits() || turn.isOpen()).forEach(this::leave);
	}

	private void leave(HandTurn turn) {
		try {
			turn.leave();
		}
		catch (RuntimeException ex) {
			logger.debug("A partition keeps a waiter that has left", ex);
		}
	}

	/**
	 * Returns when the first of the partitions is worth a look.
	 * @return nanoseconds from now
	 */
	long nextLookNanos() {
		return this.lastAsked.stream().mapToLong(HandTurn::nextLookNanos).min().orElse(Long.MAX_VALUE);
	}

	/**
	 * What the partitions gave so far.
	 */
	private static final class Sum {

		private final int max;

		private final int suspectFrom;

		private final List<LeasedTask> tasks = new ArrayList<>();

		private int empty;

		private int paused;

		private @Nullable RuntimeException failure;

		Sum(int max, int suspectFrom) {
			this.max = max;
			this.suspectFrom = suspectFrom;
		}

		int left() {
			return this.max - this.tasks.size();
		}

		/**
		 * Asks one. If it fails the others are asked all the same: what they give must
		 * not be lost.
		 */
		int add(HandTurn turn, int share, Join join) {
			try {
				boolean suspect = this.tasks.stream()
					.noneMatch((task) -> task.delivery().crashes() >= this.suspectFrom);
				DequeueResult result = turn.take(share, join, suspect);
				this.tasks.addAll(result.tasks());
				this.empty += (result.reason() == Reason.EMPTY) ? 1 : 0;
				this.paused += (result.reason() == Reason.PAUSED) ? 1 : 0;
				return result.tasks().size();
			}
			catch (RuntimeException ex) {
				this.failure = ex;
				return 0;
			}
		}

		DequeueResult result() {
			if (this.tasks.isEmpty() && this.failure != null) {
				throw this.failure;
			}
			if (left() == 0) {
				return new DequeueResult(this.tasks, Reason.NONE);
			}
			Reason others = (this.empty > 0) ? Reason.EMPTY : Reason.THROTTLED;
			return new DequeueResult(this.tasks, (this.paused > 0) ? Reason.PAUSED : others);
		}

	}

}
