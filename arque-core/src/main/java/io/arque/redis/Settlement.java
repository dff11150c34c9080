package io.arque.redis;

import java.time.Duration;

import io.arque.Checks;
import io.arque.LeasedTask;
import io.arque.TaskError;

/**
 * {@code Settlement} says what becomes of a leased task.
 *
 * @param verb which transition
 * @param task the task
 * @param delay time until it is due again, for {@link Verb#REQUEUE} and
 * {@link Verb#HAND_BACK}
 * @param error why it failed, for {@link Verb#REQUEUE} (kept if that was the last
 * attempt) and {@link Verb#REJECT}
 */
public record Settlement(Verb verb, LeasedTask task, Duration delay, TaskError error) {

	private static final TaskError NO_ERROR = new TaskError("", "", "");

	/**
	 * Checks, so that every settlement can be told to Redis.
	 */
	public Settlement {
		Checks.delay(delay);
	}

	/**
	 * The task is done.
	 * @param task the task
	 * @return the settlement
	 */
	public static Settlement release(LeasedTask task) {
		return new Settlement(Verb.RELEASE, task, Duration.ZERO, NO_ERROR);
	}

	/**
	 * The attempt failed.
	 * @param task the task
	 * @param delay time until it is due again
	 * @param error why
	 * @return the settlement
	 */
	public static Settlement requeue(LeasedTask task, Duration delay, TaskError error) {
		return new Settlement(Verb.REQUEUE, task, delay, error);
	}

	/**
	 * The attempt is not counted.
	 * @param task the task
	 * @param delay time until it is due again
	 * @return the settlement
	 */
	public static Settlement handBack(LeasedTask task, Duration delay) {
		return new Settlement(Verb.HAND_BACK, task, delay, NO_ERROR);
	}

	/**
	 * The task has failed for good.
	 * @param task the task
	 * @param error why
	 * @return the settlement
	 */
	public static Settlement reject(LeasedTask task, TaskError error) {
		return new Settlement(Verb.REJECT, task, Duration.ZERO, error);
	}

	Arguments addTo(Arguments arguments) {
		arguments.add(this.task.lease().reference()).add(this.task.lease().token());
		if (this.verb == Verb.REQUEUE || this.verb == Verb.HAND_BACK) {
			arguments.addMillis(this.delay);
		}
		if (this.verb == Verb.REQUEUE || this.verb == Verb.REJECT) {
			arguments.add(ErrorRecord.write(this.error));
		}
		return arguments;
	}

	/**
	 * The transitions that end a lease, in the order in which {@code dequeue.lua} takes
	 * them.
	 */
	public enum Verb {

		/** To nowhere: the task is done. */
		RELEASE("release"),
		/** To pending, delayed or failed. */
		REQUEUE("requeue"),
		/** To pending or delayed, not counted. */
		HAND_BACK("hand back"),
		/** To failed. */
		REJECT("reject");

		private final String words;

		Verb(String words) {
			this.words = words;
		}

		@Override
		public String toString() {
			return this.words;
		}

	}

	/**
	 * What Redis said to a settlement.
	 */
	public enum Result {

		/** It was carried out, and the task lives on or is done. */
		DONE,
		/** It was carried out, and the task is in failed. */
		FAILED,
		/** The lease was lost, nothing was changed. */
		LOST;

		static Result of(char status) {
			return switch (status) {
				case 'R' -> DONE;
				case 'F' -> FAILED;
				case 'L' -> LOST;
				default -> throw new IllegalStateException("Unknown status '" + status + "' from Redis");
			};
		}

	}

}
