package io.arque.samples.chaos.check;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.arque.samples.chaos.record.History.FaultEntry;
import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code Recovery} measures how long the tasks of a dead worker waited to run again.
 */
final class Recovery {

	private final Map<String, Long> deaths = new HashMap<>();

	Recovery(List<FaultEntry> faults) {
		faults.stream()
			.filter((fault) -> fault.fault().equals("kill"))
			.forEach((fault) -> this.deaths.putIfAbsent(fault.target(), fault.begunMicros()));
	}

	/**
	 * Returns the longest time from a worker's death until a task that it had not done
	 * ran again. A task that the worker may have put back itself waits for its turn, not
	 * for the lease, and does not count.
	 */
	long longestMillis(Collection<TaskHistory> tasks) {
		long longest = 0;
		for (TaskHistory task : tasks) {
			List<Run> runs = task.runs();
			for (int i = 0; i < runs.size() - 1; i++) {
				Run run = runs.get(i);
				Long death = this.deaths.get(run.worker());
				if (death != null && !run.isDone() && !run.isOver() && !run.isPutBack()) {
					longest = Math.max(longest, (runs.get(i + 1).startedMicros() - death) / 1000);
				}
			}
		}
		return longest;
	}

}
