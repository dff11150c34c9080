package io.arque.listener;

/**
 * Who settles a task.
 *
 * @since 0.1.0
 */
public enum AckMode {

	/**
	 * The container: released when the handler returns, requeued or rejected when it
	 * throws.
	 */
	AUTO,

	/**
	 * The handler, through its {@link Acknowledgement}, also after it has returned.
	 * Permit and lease are kept until then, or until the task's time-out. A handler that
	 * throws has failed.
	 */
	MANUAL

}
