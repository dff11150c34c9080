package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.List;

import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code StaleReleases} are tasks whose release Redis carried out although the lease had
 * been taken over, or that it released twice.
 *
 * @param accepted how many
 * @param atFailOver how many more there were about which Redis may have forgotten
 * something meanwhile
 */
record StaleReleases(long accepted, long atFailOver) {

	static StaleReleases of(List<TaskHistory> tasks, Forgetting forgetting) {
		long accepted = 0;
		long atFailOver = 0;
		for (TaskHistory task : tasks) {
			List<Run> stale = stale(task.runs());
			long first = stale.isEmpty() ? 0 : task.runs().get(0).startedMicros();
			if (!stale.stream().allMatch((run) -> forgetting.between(first, run.settledMicros()))) {
				accepted++;
			}
			else if (!stale.isEmpty()) {
				atFailOver++;
			}
		}
		return new StaleReleases(accepted, atFailOver);
	}

	private static List<Run> stale(List<Run> runs) {
		List<Run> stale = new ArrayList<>();
		boolean released = false;
		for (int i = 0; i < runs.size(); i++) {
			Run run = runs.get(i);
			if (run.isReleased()) {
				if (released || isTakenOver(run, runs.subList(i + 1, runs.size()))) {
					stale.add(run);
				}
				released = true;
			}
		}
		return stale;
	}

	/** A task that was released under its lease is in no queue for others to start. */
	private static boolean isTakenOver(Run run, List<Run> laterRuns) {
		return laterRuns.stream().anyMatch((later) -> later.startedMicros() < run.settledMicros());
	}

}
