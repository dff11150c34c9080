package io.arque.listener;

import java.util.HashMap;
import java.util.Map;

import org.slf4j.Logger;

import org.springframework.core.NestedExceptionUtils;

/**
 * {@code Outages} tells once that something cannot be done with queues, and once that it
 * can be again, for all queues that fail alike: most often it is Redis that is away. Safe
 * for use by many threads.
 */
final class Outages {

	private final Logger logger;

	private final String trouble;

	private final String over;

	/** What each partition fails with that does fail. */
	private final Map<String, String> failing = new HashMap<>();

	/**
	 * Begins without any.
	 * @param logger where to tell it
	 * @param trouble what is told when it begins, with a place for the partition's tag;
	 * the reason is added
	 * @param over what is told when it is over, with a place for the partition's tag
	 */
	Outages(Logger logger, String trouble, String over) {
		this.logger = logger;
		this.trouble = trouble;
		this.over = over;
	}

	synchronized void failed(String tag, Throwable ex) {
		String failure = reason(ex);
		if (!this.failing.containsKey(tag) && !this.failing.containsValue(failure)) {
			this.logger.warn(this.trouble + ", trying again until it works: {}", tag, failure);
		}
		this.failing.putIfAbsent(tag, failure);
		this.logger.debug(this.trouble, tag, ex);
	}

	/** With what Redis has said: "Error in execution" alone tells nobody what to do. */
	private static String reason(Throwable ex) {
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(ex);
		return (cause != ex) ? ex + ": " + cause : ex.toString();
	}

	synchronized void succeeded(String tag) {
		String failure = this.failing.remove(tag);
		if (failure != null && !this.failing.containsValue(failure)) {
			this.logger.info(this.over, tag);
		}
	}

}
