package io.arque.samples.chaos.check;

import java.util.List;

import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code StaleReleases} finds releases that Redis carried out although the lease had been
 * taken over, or the task had been released before.
 */
final class StaleReleases {

	private final Forgetting forgetting;

	StaleReleases(Forgetting forgetting) {
		this.forgetting = forgetting;
	}

	/**
	 * Counts them.
	 */
	long accepted(TaskHistory task) {
		List<Run> runs = task.runs();
		long stale = 0;
		boolean released = false;
		for (int i = 0; i < runs.size(); i++) {
			Run run = runs.get(i);
			if (run.isReleased()) {
				boolean takenOver = runs.subList(i + 1, runs.size())
					.stream()
					.anyMatch((later) -> later.startedMicros() < run.doneMicros());
				if ((released || takenOver)
						&& !this.forgetting.between(runs.get(0).startedMicros(), run.settledMicros())) {
					stale++;
				}
				released = true;
			}
		}
		return stale;
	}

}
