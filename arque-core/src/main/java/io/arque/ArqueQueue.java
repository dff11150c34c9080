package io.arque;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * One queue: takes tasks by hand, tells what it holds, and changes its run-time settings
 * for all instances. Safe for use by many threads. A listener does all of this by itself;
 * these methods are for workers that want to be their own loop, for operators and for
 * tests.
 * <p>
 * Methods that take a {@link LeasedTask} check its lease in Redis and throw
 * {@link LeaseLostException} when it is not, or no longer, the task's lease; nothing is
 * changed then. Leases taken by hand are not renewed by Arque.
 *
 * @since 0.1.0
 */
public interface ArqueQueue {

	/**
	 * Returns the queue's name.
	 * @return the name
	 */
	String name();

	/**
	 * Leases tasks, waiting for the first one without polling.
	 * @param max how many to lease at the most, 1 to 200
	 * @param wait how long to wait for the first task; zero to return at once
	 * @return the tasks, or why there are none; none, with the thread's interrupt kept,
	 * when it is interrupted while it waits
	 * @throws org.springframework.dao.DataAccessException if Redis cannot be reached, or
	 * the thread is interrupted during a call; the next dequeue brings what that call
	 * leased
	 */
	DequeueResult dequeue(int max, Duration wait);

	/**
	 * Removes tasks that are done.
	 * @param tasks the leased tasks
	 * @throws LeaseLostException naming those whose lease was lost; the others are
	 * released
	 */
	void release(LeasedTask... tasks);

	/**
	 * Puts a task back after a failed attempt: to the end of pending, or to delayed; to
	 * failed when it has spent its attempts.
	 * @param task the leased task
	 * @param delay time until it is due, zero for at once
	 */
	void requeue(LeasedTask task, Duration delay);

	/**
	 * Puts unprocessed tasks back to the head of pending. No attempt is counted.
	 * @param tasks the leased tasks
	 * @throws LeaseLostException naming those whose lease was lost; the others are handed
	 * back
	 */
	void handBack(LeasedTask... tasks);

	/**
	 * Moves a task to failed at once.
	 * @param task the leased task
	 * @param reason why, kept with the dead letter
	 */
	void reject(LeasedTask task, String reason);

	/**
	 * Gives a lease a new deadline.
	 * @param task the leased task
	 * @param by time from now, by Redis's clock, to the new deadline
	 * @return the new deadline
	 */
	Instant extend(LeasedTask task, Duration by);

	/**
	 * Moves what is due, and what has an expired lease, back to pending: at most 500 and
	 * 100 tasks a call. Every dequeue does this too.
	 * @return how many were moved
	 */
	SweepResult sweep();

	/**
	 * Counts the queue's tasks, in one call.
	 * @return the counts
	 */
	QueueStats stats();

	/**
	 * Finds a task, in whatever state it is.
	 * @param id the task's id
	 * @return the task, empty when the queue does not hold it
	 */
	Optional<TaskInfo> task(String id);

	/**
	 * Stops all instances from taking tasks off this queue, until {@link #resume()}. What
	 * is working goes on.
	 */
	void pause();

	/**
	 * Ends a {@link #pause()}.
	 */
	void resume();

	/**
	 * Sets the working limit of all instances, in place of what each is configured with.
	 * @param tasks how many tasks may be working at once, at least 1
	 */
	void workingLimit(int tasks);

	/**
	 * Ends what {@link #workingLimit(int)} set: each instance honours its configuration
	 * again.
	 */
	void resetWorkingLimit();

	/**
	 * Returns the queue's dead letters.
	 * @return the dead letters
	 */
	FailedTasks failed();

}
