package io.arque.samples.chaos.fault;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * {@code Schedule} draws what is done next, to whom and after which pause. The same seed
 * and the same faults give the same schedule; what it meets when it strikes is never the
 * same.
 */
public final class Schedule {

	private final Random random;

	private final List<FaultKind> lots = new ArrayList<>();

	private final Deque<FaultKind> round = new ArrayDeque<>();

	private final Duration pause;

	/**
	 * Creates a schedule.
	 * @param seed where the random numbers start
	 * @param faults what is done, and in how many parts of all cases
	 * @param pause mean time between two faults
	 */
	public Schedule(long seed, Map<FaultKind, Integer> faults, Duration pause) {
		this.random = new Random(seed);
		this.pause = pause;
		new TreeMap<>(faults).forEach((fault, parts) -> {
			for (int i = 0; i < parts; i++) {
				this.lots.add(fault);
			}
		});
	}

	/**
	 * Whether there is nothing to do at all.
	 * @return whether there is
	 */
	public boolean isEmpty() {
		return this.lots.isEmpty();
	}

	/**
	 * Draws; all that there is to do has its turn before anything comes again.
	 * @return what comes next
	 */
	public Strike next() {
		if (this.round.isEmpty()) {
			Collections.shuffle(this.lots, this.random);
			this.round.addAll(this.lots);
		}
		return new Strike(this.round.remove(), this.random.nextInt(Integer.MAX_VALUE), Duration
			.ofMillis(this.pause.toMillis() / 2 + (long) (this.random.nextDouble() * this.pause.toMillis())));
	}

	/**
	 * Whether all has had its turn equally often.
	 * @return whether it has
	 */
	public boolean isEven() {
		return this.round.isEmpty();
	}

	/**
	 * What comes next.
	 *
	 * @param fault what is done
	 * @param number decides to whom and how
	 * @param pause how long to wait before
	 */
	public record Strike(FaultKind fault, int number, Duration pause) {
	}

}
