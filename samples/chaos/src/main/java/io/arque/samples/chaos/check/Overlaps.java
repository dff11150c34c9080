package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.arque.samples.chaos.record.Run;

/**
 * {@code Overlaps} counts leases that were held at once. A run whose release was accepted
 * had its lease from its start until its work was done, whatever happened meanwhile; of
 * other runs that is not known, and they do not count.
 */
final class Overlaps {

	private Overlaps() {
	}

	/**
	 * Counts the starts at which more than so many tasks of their queue were worked on.
	 */
	static long above(int limit, Stream<Run> runs) {
		Map<String, List<long[]>> byQueue = new HashMap<>();
		runs.filter((run) -> run.isReleased() && run.isDone()).forEach((run) -> {
			List<long[]> steps = byQueue.computeIfAbsent(run.queue(), (queue) -> new ArrayList<>());
			steps.add(new long[] { run.startedMicros(), 1 });
			steps.add(new long[] { run.doneMicros(), -1 });
		});
		return byQueue.values().stream().mapToLong((steps) -> above(limit, steps)).sum();
	}

	private static long above(int limit, List<long[]> steps) {
		// ends before starts at the same time
		steps.sort(
				(one, other) -> (one[0] != other[0]) ? Long.compare(one[0], other[0]) : Long.compare(one[1], other[1]));
		long working = 0;
		long above = 0;
		for (long[] step : steps) {
			working += step[1];
			if (step[1] > 0 && working > limit) {
				above++;
			}
		}
		return above;
	}

}
