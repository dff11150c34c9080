package io.arque.listener;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

import io.arque.redis.Fetch.Join;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Assistant} makes calls for a partition while the loop is waiting for an answer,
 * if so many tasks have ended meanwhile that they are worth one: so Redis need not wait
 * for the loop. It runs on the thread that has ended the last of them, one at a time. To
 * wait for work, and to log failures, is left to the loop.
 */
final class Assistant {

	private static final Logger logger = LoggerFactory.getLogger(Assistant.class);

	/** A pause looks so often whether the listener stops. */
	private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

	private final QueueSource source;

	private final ConsumerLoop loop;

	private final QueueCaller caller;

	private final AtomicBoolean atWork = new AtomicBoolean();

	Assistant(QueueSource source, ConsumerLoop loop, QueueCaller caller) {
		this.source = source;
		this.loop = loop;
		this.caller = caller;
	}

	/**
	 * Makes calls as long as it pays. Called from any thread.
	 */
	void assist() {
		while (this.source.hasMore() && this.loop.needsAssistance() && this.atWork.compareAndSet(false, true)) {
			try {
				call();
			}
			finally {
				this.atWork.set(false);
				this.loop.signal();
			}
		}
	}

	/**
	 * Whether a call is under way, or without an answer.
	 * @return whether this may still settle something, or bring tasks
	 */
	boolean isAtWork() {
		return this.atWork.get();
	}

	/**
	 * Returns what its call tells Redis, if it has got no answer yet. Called from any
	 * thread.
	 * @return settlements
	 */
	List<Settlement> untold() {
		return this.caller.untold();
	}

	/**
	 * Returns why the last call failed. Called from any thread.
	 * @return the failure, none if the last call succeeded
	 */
	@Nullable RuntimeException failure() {
		return this.caller.failure();
	}

	/** Makes one call, until it was answered. */
	private void call() {
		Thread.interrupted(); // meant for a task that has ended
		if (!this.loop.needsAssistance()) { // a stop may not have seen this at work
			return;
		}
		int permits = this.loop.permits().take(this.loop.sources().all().size(), false);
		this.source.prepare(this.caller, permits, Join.NEVER, false, false);
		while (this.caller.isUnanswered() && !this.loop.hasEnded()) {
			try {
				this.loop.accept(this.source, this.caller.send());
				if (!this.source.hasMore()) {
					this.source.wake(); // suspects, and what else is left to the loop
				}
			}
			catch (RuntimeException | Error ex) {
				logger.debug("Queue {}: a call failed, it is made again", this.source.partition(), ex);
				pause();
			}
		}
	}

	/** Waits until the call is to be sent again, whoever interrupts this thread. */
	private void pause() {
		long left = this.caller.retryNanos(System.nanoTime());
		while (left > 0 && !this.loop.hasEnded()) {
			LockSupport.parkNanos(Math.min(left, STEP_NANOS));
			Thread.interrupted();
			if (this.loop.isStopping()) {
				this.caller.hurry();
			}
			left = this.caller.retryNanos(System.nanoTime());
		}
	}

}
