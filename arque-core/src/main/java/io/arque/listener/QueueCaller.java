package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.arque.redis.Fetch;
import io.arque.redis.Fetched;
import io.arque.redis.QueueConsumer;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * {@code QueueCaller} makes the calls of one lane, one at a time, and sends a call that
 * got no answer again until it gets one. For use by one thread, but for what it tells
 * about its failures.
 */
final class QueueCaller {

	private static final ExponentialBackOff BACK_OFF = backOff();

	private static final long HURRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final QueueConsumer consumer;

	private volatile @Nullable Fetch unanswered;

	private @Nullable BackOffExecution backOff;

	private long retryNanos;

	private volatile @Nullable RuntimeException failure;

	private volatile long lastFetchNanos = System.nanoTime();

	QueueCaller(QueueConsumer consumer) {
		this.consumer = consumer;
	}

	/**
	 * Whether a call was prepared and has got no answer yet.
	 * @return whether there is one
	 */
	boolean isUnanswered() {
		return this.unanswered != null;
	}

	/**
	 * Returns what the call tells Redis that has got no answer yet. Called from any
	 * thread.
	 * @return settlements, none if there is no such call
	 */
	List<Settlement> untold() {
		Fetch fetch = this.unanswered;
		return (fetch != null) ? fetch.settlements() : List.of();
	}

	/**
	 * Whether the last call failed, and is not to be sent again before
	 * {@link #retryNanos}.
	 * @return whether it did
	 */
	boolean isBackingOff() {
		return this.backOff != null;
	}

	/**
	 * Tells how long the call that failed is not to be sent again.
	 * @param now the time, by {@link System#nanoTime()}
	 * @return nanoseconds, none or fewer once it may be
	 */
	long retryNanos(long now) {
		return this.retryNanos - now;
	}

	/**
	 * Sees to it that a call that failed is soon sent again.
	 */
	void hurry() {
		long soon = System.nanoTime() + HURRY_NANOS;
		if (this.retryNanos - soon > 0) {
			this.retryNanos = soon;
		}
	}

	/**
	 * Decides on the next call. There must be none without an answer.
	 * @param fetch the call
	 */
	void prepare(Fetch fetch) {
		this.unanswered = fetch;
	}

	/**
	 * Sends the call that was prepared. If it fails, it is to be sent again later.
	 * @return its answer
	 */
	Answer send() {
		Fetch fetch = this.unanswered;
		if (fetch == null) {
			throw new IllegalStateException("Nothing was prepared");
		}
		try {
			Answer answer = new Answer(fetch, this.consumer.dequeue(fetch));
			this.unanswered = null;
			this.backOff = null;
			this.failure = null;
			this.lastFetchNanos = System.nanoTime();
			return answer;
		}
		catch (RuntimeException | Error ex) {
			if (this.backOff == null) {
				this.backOff = BACK_OFF.start();
			}
			this.retryNanos = System.nanoTime() + Duration.ofMillis(this.backOff.nextBackOff()).toNanos();
			this.failure = (ex instanceof RuntimeException failure) ? failure : new IllegalStateException(ex);
			throw ex;
		}
	}

	/**
	 * Returns why the last call failed. Called from any thread.
	 * @return the failure, none if the last call succeeded
	 */
	@Nullable RuntimeException failure() {
		return this.failure;
	}

	/**
	 * Returns when a call last succeeded. Called from any thread.
	 * @return the time, by {@link System#nanoTime()}
	 */
	long lastFetchNanos() {
		return this.lastFetchNanos;
	}

	private static ExponentialBackOff backOff() {
		ExponentialBackOff backOff = new ExponentialBackOff(100, 2);
		backOff.setMaxInterval(5000);
		backOff.setJitter(50);
		return backOff;
	}

	/**
	 * The answer to a call.
	 *
	 * @param fetch what was asked for
	 * @param fetched what came of it
	 */
	record Answer(Fetch fetch, Fetched fetched) {

		/** How many permits the call had and does not need. */
		int freed() {
			return this.fetch.permits() - this.fetched.tasks().size();
		}

	}

}
