package io.arque.listener;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

import io.arque.ArqueMetrics.Outcome;
import io.arque.LeasedTask;
import io.arque.PayloadConversionException;
import io.arque.PostponeTaskException;
import io.arque.QueueSettings.Retry;
import io.arque.RejectTaskException;
import io.arque.TaskError;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;

/**
 * {@code Ending} is what becomes of a task when its handler is done with it, or it with
 * the handler.
 *
 * @param settlement what Redis is told
 * @param outcome what the application's metrics are told
 */
record Ending(Settlement settlement, Outcome outcome) {

	static Ending released(LeasedTask task) {
		return new Ending(Settlement.release(task), Outcome.RELEASED);
	}

	/**
	 * The handler itself asked for it.
	 */
	static Ending requeued(LeasedTask task, Retry retry, Duration delay) {
		TaskError error = new TaskError("io.arque.Requeued", "Requeued by the handler at the last attempt", "");
		return new Ending(Settlement.requeue(task, delay, error),
				isLastAttempt(task, retry) ? Outcome.FAILED : Outcome.REQUEUED);
	}

	/**
	 * The handler itself asked for it.
	 */
	static Ending rejected(LeasedTask task, String reason) {
		return new Ending(Settlement.reject(task, new TaskError("io.arque.Rejected", reason, "")), Outcome.FAILED);
	}

	/**
	 * The handler has thrown.
	 * @param task the task
	 * @param retry when its next attempt comes, if any
	 * @param thrown what it has thrown
	 */
	static Ending of(LeasedTask task, Retry retry, Throwable thrown) {
		if (thrown instanceof PostponeTaskException postponed) {
			return new Ending(Settlement.handBack(task, postponed.delay()), Outcome.POSTPONED);
		}
		if (thrown instanceof RejectTaskException) {
			Throwable why = (causeOf(thrown) instanceof PayloadConversionException unreadable) ? unreadable : thrown;
			return new Ending(Settlement.reject(task, TaskError.of(why)), Outcome.FAILED);
		}
		return failedAttempt(task, retry, thrown, isLastAttempt(task, retry) ? Outcome.FAILED : Outcome.REQUEUED);
	}

	/**
	 * The attempt has failed: the next comes later, or this was the last.
	 */
	static Ending failedAttempt(LeasedTask task, Retry retry, Throwable why, Outcome outcome) {
		Duration delay = retry.delayAfter(Math.max(1, failures(task)), ThreadLocalRandom.current().nextDouble());
		return new Ending(Settlement.requeue(task, delay, TaskError.of(why)), outcome);
	}

	static boolean isLastAttempt(LeasedTask task, Retry retry) {
		Integer own = task.delivery().maxAttempts();
		return failures(task) >= ((own != null) ? own : retry.maxAttempts());
	}

	private static int failures(LeasedTask task) {
		return task.attempt() - task.delivery().crashes();
	}

	/** An exception of the application may do anything when it is asked. */
	private static @Nullable Throwable causeOf(Throwable thrown) {
		try {
			return thrown.getCause();
		}
		catch (RuntimeException | Error ex) {
			return null;
		}
	}

	/**
	 * Whether the task comes again, or would but for its attempts.
	 */
	boolean isRequeue() {
		return this.settlement.verb() == Settlement.Verb.REQUEUE;
	}

}
