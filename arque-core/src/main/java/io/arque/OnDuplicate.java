package io.arque;

/**
 * What {@code enqueue} does when a living task of the queue has the same id. In no case
 * is there a second one. A dead letter does not count as living.
 *
 * @since 0.1.0
 */
public enum OnDuplicate {

	/** Keeps the task that is there and returns its id. */
	KEEP,

	/**
	 * Replaces the payload, options and delay of a pending or delayed task, which starts
	 * anew: a pending one that is still due at once keeps its place, any other goes where
	 * a new one would. A task that is being worked on cannot be replaced: the call throws
	 * {@link DuplicateTaskException}.
	 */
	REPLACE,

	/** Throws {@link DuplicateTaskException}. */
	REJECT

}
