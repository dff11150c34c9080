package io.arque.redis;

import java.util.Comparator;
import java.util.List;

/**
 * {@code Fetch} is one turn of a consumer: what it has finished, and how much more it
 * wants.
 *
 * @param permits how many tasks to lease at the most, 0 to only settle and pass a wake-up
 * on
 * @param join when to wait to be woken
 * @param counts whether to count what the queue holds too
 * @param suspect whether one of the tasks may be a suspect, see
 * {@link io.arque.QueueSettings.Retry#suspectFrom()}; more never are
 * @param settlements what has finished, at most {@value #MAX_SETTLEMENTS}; sorted by verb
 * here
 */
public record Fetch(int permits, Join join, boolean counts, boolean suspect, List<Settlement> settlements) {

	/** How many tasks one call leases at the most, whatever is asked for. */
	public static final int MAX_TASKS = 200;

	/** How many tasks one call settles at the most. */
	public static final int MAX_SETTLEMENTS = 200;

	/**
	 * Sorts.
	 */
	public Fetch {
		if (settlements.size() > MAX_SETTLEMENTS) {
			throw new IllegalArgumentException(
					"At most " + MAX_SETTLEMENTS + " settlements, not " + settlements.size());
		}
		settlements = settlements.stream().sorted(Comparator.comparing(Settlement::verb)).toList();
	}

	/**
	 * When a consumer joins those who wait to be woken.
	 */
	public enum Join {

		/** Not at all: leaves them. */
		NEVER,
		/** When it was given nothing. */
		WHEN_EMPTY,
		/** When it was given less than it asked for. */
		WHEN_SHORT

	}

}
