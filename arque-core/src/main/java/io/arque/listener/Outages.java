package io.arque.listener;

import java.util.HashMap;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Outages} tells once that queues cannot be reached, and once that they can be
 * again, for all queues of a listener that fail alike: most often it is Redis that is
 * away. For use by the loop's thread.
 */
final class Outages {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	private final String listener;

	/** What the queues fail with that cannot be reached. */
	private final Map<QueueSource, String> failing = new HashMap<>();

	Outages(String listener) {
		this.listener = listener;
	}

	void failed(QueueSource source, Throwable ex) {
		String failure = ex.toString();
		if (!this.failing.containsKey(source) && !this.failing.containsValue(failure)) {
			logger.warn("Listener {}: queue {} cannot be reached, trying again until it can: {}", this.listener,
					source.partition(), failure);
		}
		this.failing.putIfAbsent(source, failure);
		logger.debug("Listener {}: queue {} cannot be reached", this.listener, source.partition(), ex);
	}

	void succeeded(QueueSource source) {
		String failure = this.failing.remove(source);
		if (failure != null && !this.failing.containsValue(failure)) {
			logger.info("Listener {}: queue {} can be reached again", this.listener, source.partition());
		}
	}

}
