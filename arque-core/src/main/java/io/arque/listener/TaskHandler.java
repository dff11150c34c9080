package io.arque.listener;

import io.arque.LeasedTask;

/**
 * Works on tasks. Called from many threads at once.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface TaskHandler {

	/**
	 * Works on a task. To return means that the task is done (with {@link AckMode#AUTO}),
	 * to throw that the attempt failed.
	 * @param task the task
	 * @param acknowledgement settles the task, with {@link AckMode#MANUAL}
	 * @throws io.arque.RejectTaskException to move the task to failed at once
	 * @throws io.arque.PostponeTaskException to put the task off without counting the
	 * attempt
	 * @throws Exception for anything else that made the attempt fail
	 */
	void handle(LeasedTask task, Acknowledgement acknowledgement) throws Exception;

}
