package io.arque.redis;

import java.util.Comparator;
import java.util.Map;

/**
 * Who waits for tasks, which the model does not tell but takes from Redis: it decides
 * whether a dequeue leaves a place to another.
 *
 * @param waiters lane and working limit, since when it waits
 * @param turn until when a place is kept, and for which lane; '' if none
 */
record ModelWaiting(Map<String, Long> waiters, String turn) {

	static final ModelWaiting NOBODY = new ModelWaiting(Map.of(), "");

	private static final int LANE = 16;

	static final long TURN_MILLIS = 200;

	private static final long YIELD_AFTER_MILLIS = 500;

	/**
	 * Returns until when a place is kept for another lane than this, 0 if none is.
	 */
	long keptForAnother(String lane, long now) {
		int space = this.turn.indexOf(' ');
		if (space < 0 || this.turn.substring(space + 1).equals(lane)) {
			return 0;
		}
		long till = Long.parseLong(this.turn.substring(0, space));
		return (till > now && till <= now + TURN_MILLIS) ? till : 0;
	}

	/**
	 * Whether the one who has waited longest waits too long, and could take a task.
	 * @param waiter who asks
	 * @param working how many are working
	 * @param limit the limit for all, '' if each has its own
	 */
	boolean isAnotherStarving(String waiter, int working, String limit, long now) {
		return this.waiters.entrySet()
			.stream()
			.min(Map.Entry.<String, Long>comparingByValue()
				.thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
			.filter((first) -> !first.getKey().equals(waiter) && first.getValue() < now - YIELD_AFTER_MILLIS)
			.filter((first) -> working < Long.parseLong(limit.isEmpty() ? first.getKey().substring(LANE) : limit))
			.isPresent();
	}

}
