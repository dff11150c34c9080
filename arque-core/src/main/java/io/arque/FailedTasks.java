package io.arque;

import java.util.List;
import java.util.Optional;

/**
 * The dead letters of one queue. A dead letter is named by its task's id as long as no
 * later task had the same custom id, and always by its {@link FailedTask#reference()}.
 * Safe for use by many threads.
 *
 * @since 0.1.0
 */
public interface FailedTasks {

	/**
	 * Reads a page, the oldest first.
	 * @param offset how many to pass over
	 * @param count how many to read at the most, 1 to 500; fewer come when their payloads
	 * exceed 4 MB together
	 * @return the dead letters, empty behind the last
	 */
	List<FailedTask> list(int offset, int count);

	/**
	 * Reads one.
	 * @param id its task's id or its reference
	 * @return the dead letter, empty when there is none
	 */
	Optional<FailedTask> get(String id);

	/**
	 * Moves one back to pending, with fresh attempts.
	 * @param id its task's id or its reference
	 * @return whether there was one
	 * @throws DuplicateTaskException if a living task has its id now
	 * @throws ArqueException if this version cannot read its record; nothing is changed
	 */
	boolean redrive(String id);

	/**
	 * Moves back to pending all that failed before this call. Those whose id a living
	 * task has, or whose record this version cannot read, stay.
	 * @return how many were moved
	 */
	long redriveAll();

	/**
	 * Deletes one.
	 * @param id its task's id or its reference
	 * @return whether there was one
	 */
	boolean delete(String id);

	/**
	 * Deletes all that failed before this call.
	 * @return how many were deleted
	 */
	long purge();

}
