package io.arque.samples.chaos.check;

import java.util.List;

import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code StaleReleases} are releases that Redis carried out although the lease had been
 * taken over, or the task had been released before.
 *
 * @param accepted how many
 * @param atFailOver how many more there were of tasks about which Redis may have
 * forgotten something meanwhile
 */
record StaleReleases(long accepted, long atFailOver) {

	static StaleReleases of(List<TaskHistory> tasks, Forgetting forgetting) {
		long accepted = 0;
		long atFailOver = 0;
		for (TaskHistory task : tasks) {
			List<Run> runs = task.runs();
			boolean released = false;
			for (int i = 0; i < runs.size(); i++) {
				Run run = runs.get(i);
				if (!run.isReleased()) {
					continue;
				}
				if (released || isTakenOver(run, runs.subList(i + 1, runs.size()))) {
					boolean forgotten = forgetting.between(runs.get(0).startedMicros(), run.settledMicros());
					accepted += forgotten ? 0 : 1;
					atFailOver += forgotten ? 1 : 0;
				}
				released = true;
			}
		}
		return new StaleReleases(accepted, atFailOver);
	}

	private static boolean isTakenOver(Run run, List<Run> laterRuns) {
		return laterRuns.stream().anyMatch((later) -> later.startedMicros() < run.doneMicros());
	}

}
