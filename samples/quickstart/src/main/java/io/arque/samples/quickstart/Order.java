package io.arque.samples.quickstart;

import java.time.Duration;

/**
 * An {@code Order} is what a task carries: its payload, which travels as JSON.
 *
 * @param work how long the work on it takes
 * @param refused whether the work on it fails, at every attempt
 */
record Order(Duration work, boolean refused) {

	/**
	 * Works on the order, or so it seems.
	 */
	void fulfil() throws InterruptedException {
		Thread.sleep(this.work.toMillis());
		if (this.refused) {
			throw new IllegalStateException("the card was refused");
		}
	}

}
