package io.arque;

import java.util.List;

/**
 * A lease is not, or no longer, the task's lease: it expired and the task was taken over,
 * or it was settled before. Nothing was changed for these tasks.
 *
 * @since 0.1.0
 */
public class LeaseLostException extends ArqueException {

	private final transient List<LeasedTask> tasks;

	/**
	 * Creates the exception.
	 * @param operation what was tried
	 * @param tasks the tasks whose lease was lost
	 */
	public LeaseLostException(String operation, List<LeasedTask> tasks) {
		super("Cannot " + operation + " " + tasks + ": the lease is not, or no longer, the task's lease");
		this.tasks = List.copyOf(tasks);
	}

	/**
	 * Returns the tasks whose lease was lost.
	 * @return the tasks
	 */
	public List<LeasedTask> tasks() {
		return this.tasks;
	}

}
