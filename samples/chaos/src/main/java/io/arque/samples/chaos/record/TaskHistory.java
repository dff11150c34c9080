package io.arque.samples.chaos.record;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * {@code TaskHistory} is all that is recorded of one task.
 */
public final class TaskHistory {

	private final String name;

	private boolean attempted;

	private long acknowledgedMicros = Run.NEVER;

	private boolean refused;

	private List<Run> runs = List.of();

	TaskHistory(String name) {
		this.name = name;
	}

	void attempt() {
		this.attempted = true;
	}

	void acknowledge(long micros) {
		this.acknowledgedMicros = micros;
	}

	void refuse() {
		this.refused = true;
	}

	void add(Run run) {
		List<Run> more = new ArrayList<>(this.runs.size() + 1);
		more.addAll(this.runs);
		more.add(run);
		more.sort(Comparator.comparingLong(Run::leasedMillis).thenComparingLong(Run::startedMicros));
		this.runs = more;
	}

	public String name() {
		return this.name;
	}

	public boolean isAttempted() {
		return this.attempted;
	}

	public boolean isAcknowledged() {
		return this.acknowledgedMicros != Run.NEVER;
	}

	/** When its producer heard that it is in. */
	public long acknowledgedMicros() {
		return this.acknowledgedMicros;
	}

	/** Whether its enqueue was refused because Redis was full. */
	public boolean isRefused() {
		return this.refused;
	}

	/** The runs that have started, in the order in which Redis gave the leases. */
	public List<Run> runs() {
		return this.runs;
	}

	public boolean isProcessed() {
		return this.runs.stream().anyMatch(Run::isDone);
	}

}
