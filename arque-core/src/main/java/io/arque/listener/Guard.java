package io.arque.listener;

import org.slf4j.Logger;

/**
 * {@code Guard} tells once that something has failed which must not end, and once that it
 * goes on. That it cannot tell, such as for want of memory, is no failure. For use by one
 * thread.
 */
final class Guard {

	private final Logger logger;

	private final String name;

	private boolean failing;

	Guard(Logger logger, String name) {
		this.logger = logger;
		this.name = name;
	}

	void failed(Throwable failure) {
		try {
			if (!this.failing) {
				this.logger.error("{}: failed, trying again until it works", this.name, failure);
			}
			this.failing = true;
		}
		catch (RuntimeException | Error untold) {
			this.failing = false; // so that the next one is told, if it can be
		}
	}

	void passed() {
		if (this.failing) {
			this.failing = false;
			this.logger.info("{}: goes on", this.name);
		}
	}

}
