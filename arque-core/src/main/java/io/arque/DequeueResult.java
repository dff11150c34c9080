package io.arque;

import java.util.List;

/**
 * What a dequeue gave: tasks, or the reason why there are none.
 *
 * @param tasks the leased tasks, in the order of the queue
 * @param reason why there are no more than these
 * @since 0.1.0
 */
public record DequeueResult(List<LeasedTask> tasks, Reason reason) {

	/**
	 * Copies the list.
	 */
	public DequeueResult {
		tasks = List.copyOf(tasks);
	}

	/**
	 * Whether there are no tasks.
	 * @return true when there are none
	 */
	public boolean isEmpty() {
		return this.tasks.isEmpty();
	}

	/**
	 * Why a dequeue gave fewer tasks than it was asked for.
	 */
	public enum Reason {

		/** It gave as many as asked, or as fit into one call. */
		NONE,

		/** Nothing else is due. */
		EMPTY,

		/** The queue's working limit is reached, over all instances. */
		THROTTLED,

		/** The queue is paused. */
		PAUSED

	}

}
