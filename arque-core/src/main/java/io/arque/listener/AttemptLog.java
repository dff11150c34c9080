package io.arque.listener;

import java.time.Duration;

import io.arque.LeasedTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code AttemptLog} tells what becomes of attempts, under the logger
 * {@code io.arque.task}: each bad thing in one line, with queue and task, never with the
 * payload. The stack trace of a handler's exception is at DEBUG, and in the dead letter.
 */
final class AttemptLog {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.task");

	private AttemptLog() {
	}

	/** The handler has thrown, or its time was up, and another attempt comes. */
	static void failed(LeasedTask task, Duration delay, Throwable thrown) {
		Throwable ex = printable(thrown);
		logger.warn("Queue {}: attempt {} of task {} failed, the next comes in {}: {}", task.queue(), task.attempt(),
				task.id(), delay, ex.toString());
		trace(task, ex);
	}

	/**
	 * The last attempt has failed, which is told with what Redis says to it; or the
	 * handler has thrown when it was interrupted, which says nothing new.
	 */
	static void failedQuietly(LeasedTask task, Throwable thrown) {
		trace(task, printable(thrown));
	}

	/** The handler has settled the task, and then thrown. */
	static void failedWhenSettled(LeasedTask task, Throwable thrown) {
		logger.warn("Queue {}: attempt {} of task {} failed after it was settled", task.queue(), task.attempt(),
				task.id(), printable(thrown));
	}

	/** No thread was free in time. */
	static void notStarted(LeasedTask task) {
		logger.warn("Queue {}: task {} is not started, its lease expired before a thread was free", task.queue(),
				task.id());
	}

	/** The task is another's now. */
	static void leaseLost(LeasedTask task) {
		logger.warn("Queue {}: the lease of task {} was lost, its handler is interrupted", task.queue(), task.id());
	}

	/** The handler has settled the task, and goes on and on. */
	static void late(LeasedTask task, Duration timeout) {
		logger
			.warn("Queue {}: the handler of task {} still runs after task-timeout, {}, though it has settled the task;"
					+ " it is interrupted", task.queue(), task.id(), timeout);
	}

	/** An interrupt came too late for the handler to see it. */
	static void endedInterrupted(LeasedTask task) {
		logger.debug("Queue {}: the handler of task {} ended interrupted", task.queue(), task.id());
	}

	private static void trace(LeasedTask task, Throwable ex) {
		logger.debug("Queue {}: attempt {} of task {} failed", task.queue(), task.attempt(), task.id(), ex);
	}

	/** Such as one whose message overflows the stack cannot be logged as it is. */
	private static Throwable printable(Throwable ex) {
		try {
			return (ex.toString() != null) ? ex : new IllegalStateException(ex.getClass().getName());
		}
		catch (RuntimeException | Error unprintable) {
			return new IllegalStateException(ex.getClass().getName() + ", which cannot be printed");
		}
	}

}
