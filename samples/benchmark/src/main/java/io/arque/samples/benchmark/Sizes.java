package io.arque.samples.benchmark;

import java.time.Duration;

/**
 * {@code Sizes} say how much is measured.
 *
 * @param rounds how often each measurement is taken
 * @param drain tasks that are drained
 * @param single tasks that one caller enqueues with a call each; more callers, more tasks
 * @param bulk tasks that are enqueued together
 * @param slow tasks that a slow handler works on
 * @param large tasks of 10 kB, of each kind
 * @param latency how long tasks are sent to an idle queue
 * @param growth how large things grow
 */
record Sizes(int rounds, int drain, int single, int bulk, int slow, int large, Duration latency, GrowthSizes growth) {

	/** What the figures in the documentation are measured with. */
	static final Sizes FULL = new Sizes(5, 200_000, 10_000, 100_000, 50_000, 10_000, Duration.ofSeconds(10),
			GrowthSizes.FULL);

	/** Shows that everything works, in less than a minute. */
	static final Sizes SHORT = new Sizes(1, 10_000, 500, 2_000, 2_000, 500, Duration.ofMillis(500), GrowthSizes.SHORT);

	Sizes withRounds(int rounds) {
		return new Sizes(rounds, this.drain, this.single, this.bulk, this.slow, this.large, this.latency, this.growth);
	}

	/**
	 * How many rounds a JVM that has just started has to become fast: if none, nothing is
	 * judged.
	 */
	int warmUps() {
		return (this.rounds > 1) ? 2 : 0;
	}

	/** More callers enqueue more in the same time. */
	int byCallers(int callers) {
		return this.single * Math.min(callers, 8);
	}

	/**
	 * Rqueue drains some 50 tasks a second as it comes, 500 at its best: the rest is
	 * waiting.
	 */
	int rqueue() {
		return this.drain / 400;
	}

	int rqueueBest() {
		return this.drain / 50;
	}

}
