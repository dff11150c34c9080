package io.arque;

/**
 * The states of a task.
 *
 * @since 0.1.0
 */
public enum TaskState {

	/** Waits to be taken. */
	PENDING,

	/** Waits until it is due. */
	DELAYED,

	/** Leased to a worker. */
	WORKING,

	/** A dead letter. */
	FAILED

}
