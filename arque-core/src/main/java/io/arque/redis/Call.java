package io.arque.redis;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataRetrievalFailureException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * {@code Call} is one call of a script, made so that it can be sent again unchanged:
 * keys, number and arguments are fixed when it is made. Answers that say that the script
 * has not run (a fail-over under way, a slot that moves) are waited out for a while; an
 * answer that broke off midway is asked for again; any other failure is thrown, and its
 * caller may execute the same call again.
 *
 * @param <T> what the script returns
 */
final class Call<T> {

	private static final Logger logger = LoggerFactory.getLogger(Call.class);

	private static final List<String> NOT_RUN = List.of("TRYAGAIN", "LOADING", "READONLY", "CLUSTERDOWN", "MASTERDOWN",
			"NOREPLICAS");

	/** How often a call is sent again if nothing else is said: for a second or two. */
	static final int RETRIES = 7;

	private static final long FIRST_PAUSE_MILLIS = 16;

	private static final long MAX_PAUSE_MILLIS = 1024;

	private final Sender sender;

	private final RedisScript<T> script;

	private final List<byte[]> keys;

	private final Object[] arguments;

	private final int maxRetries;

	Call(Sender sender, RedisScript<T> script, List<byte[]> keys, Arguments arguments, int maxRetries) {
		this.sender = sender;
		this.maxRetries = maxRetries;
		this.script = script;
		this.keys = keys;
		this.arguments = arguments.toArray();
	}

	/**
	 * Sends the call and waits for the answer.
	 * @return what the script returned
	 * @throws ArqueException if the queue's keys are of a format that this version cannot
	 * read
	 * @throws DataAccessException if Redis cannot be reached, does not answer, or refuses
	 */
	T execute() {
		long pause = FIRST_PAUSE_MILLIS;
		for (int retries = 0;; retries++) {
			try {
				T answer = this.sender.send(this.script, this.keys, this.arguments);
				if (!(this.script instanceof ListScript expected) || expected.isWhole(answer)) {
					return answer;
				}
				if (retries >= this.maxRetries) {
					throw new DataRetrievalFailureException("Redis's answers broke off midway, " + retries + " times");
				}
				logger.debug("Redis's answer broke off midway, asking for it again");
			}
			catch (DataAccessException ex) {
				String message = message(ex);
				if (message.contains("ARQUEFORMAT")) {
					throw new ArqueException(message.substring(message.indexOf("ARQUEFORMAT")), ex);
				}
				if (message.contains("OOM command not allowed")) {
					throw new TransientDataAccessResourceException("Redis is full (maxmemory), nothing was changed: "
							+ "let workers drain it, or give it more memory", ex);
				}
				if (retries >= this.maxRetries || NOT_RUN.stream().noneMatch(message::contains) || !sleep(pause)) {
					throw ex;
				}
				logger.debug("Redis cannot run the script now, trying again: {}", message);
				pause = Math.min(MAX_PAUSE_MILLIS, 2 * pause);
			}
		}
	}

	/**
	 * Whether Redis refused a call because it came after a later one of its lane.
	 * @param ex what was thrown
	 * @return whether it did
	 */
	static boolean isStale(DataAccessException ex) {
		return message(ex).contains("ARQUESTALE");
	}

	static String message(Throwable ex) {
		StringBuilder messages = new StringBuilder();
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			messages.append(cause.getMessage()).append('\n');
		}
		return messages.toString();
	}

	private static boolean sleep(long millis) {
		try {
			TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextLong(millis / 2, millis + 1));
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

}
