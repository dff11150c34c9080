package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.arque.samples.chaos.record.Run;

/**
 * {@code Overlaps} are more leases held at once than the limit allows. A run whose
 * release was accepted had its lease from its start until its work was done, whatever
 * happened meanwhile; of other runs that is not known, and they do not count.
 */
final class Overlaps {

	private final Forgetting forgetting;

	private long violations;

	private long excused;

	private Overlaps(Forgetting forgetting) {
		this.forgetting = forgetting;
	}

	/**
	 * Counts the starts at which more than so many tasks of their queue were worked on.
	 * @param limit how many
	 * @param runs all runs
	 * @param forgetting when there may have been two masters, each with a limit
	 */
	static Overlaps above(int limit, Stream<Run> runs, Forgetting forgetting) {
		Map<String, List<long[]>> byQueue = new HashMap<>();
		runs.filter((run) -> run.isReleased() && run.isDone()).forEach((run) -> {
			List<long[]> steps = byQueue.computeIfAbsent(run.queue(), (queue) -> new ArrayList<>());
			steps.add(new long[] { run.startedMicros(), 1 });
			steps.add(new long[] { run.doneMicros(), -1 });
		});
		Overlaps overlaps = new Overlaps(forgetting);
		byQueue.values().forEach((steps) -> overlaps.count(limit, steps));
		return overlaps;
	}

	private void count(int limit, List<long[]> steps) {
		// ends before starts at the same time
		steps.sort(
				(one, other) -> (one[0] != other[0]) ? Long.compare(one[0], other[0]) : Long.compare(one[1], other[1]));
		long working = 0;
		for (long[] step : steps) {
			working += step[1];
			if (step[1] > 0 && working > limit) {
				if (this.forgetting.between(step[0], step[0])) {
					this.excused++;
				}
				else {
					this.violations++;
				}
			}
		}
	}

	/** How many there were under one master. */
	long violations() {
		return this.violations;
	}

	/** How many there were around a fail-over, when two servers may have been masters. */
	long atFailOver() {
		return this.excused;
	}

}
