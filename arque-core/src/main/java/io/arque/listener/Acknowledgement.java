package io.arque.listener;

import java.time.Duration;

/**
 * Settles one task of a listener whose {@code ackMode} is {@link AckMode#MANUAL}. One of
 * {@code release}, {@code requeue} and {@code reject} can be called, once, from any
 * thread; it returns at once, and the container tells Redis with its next call.
 *
 * @since 0.1.0
 */
public interface Acknowledgement {

	/**
	 * The task is done.
	 * @throws IllegalStateException if the task was settled before, timed out, or its
	 * lease was lost
	 */
	void release();

	/**
	 * The attempt failed; the task is tried again, unless that was its last attempt.
	 * @param delay time until it is due
	 * @throws IllegalStateException if the task was settled before, timed out, or its
	 * lease was lost
	 */
	void requeue(Duration delay);

	/**
	 * The task moves to failed.
	 * @param reason why, kept with the dead letter
	 * @throws IllegalStateException if the task was settled before, timed out, or its
	 * lease was lost
	 */
	void reject(String reason);

	/**
	 * Gives the attempt more time: it times out no earlier than this from now.
	 * @param by time from now
	 * @throws IllegalStateException if the task was settled before, timed out, or its
	 * lease was lost
	 */
	void extend(Duration by);

}
