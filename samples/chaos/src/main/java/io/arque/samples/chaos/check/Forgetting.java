package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.List;

import io.arque.samples.chaos.record.History.FaultEntry;

/**
 * {@code Forgetting} knows when Redis may have forgotten what it had acknowledged: at a
 * fail-over that had not copied it, or a crash before it was on disk.
 */
final class Forgetting {

	/** A demoted master may take writes for so long after a fail-over, which are lost. */
	private static final long AFTERMATH_MICROS = 15_000_000;

	/** What was acknowledged so long before may be lost. */
	private static final long BEFORE_MICROS = 3_000_000;

	private final List<long[]> periods = new ArrayList<>();

	Forgetting(List<FaultEntry> faults) {
		faults.stream()
			.filter(FaultEntry::forgets)
			.forEach((fault) -> this.periods
				.add(new long[] { fault.begunMicros() - BEFORE_MICROS, fault.micros() + AFTERMATH_MICROS }));
	}

	/**
	 * Whether something that happened in this time may have been forgotten by its end.
	 */
	boolean between(long fromMicros, long toMicros) {
		return this.periods.stream().anyMatch((period) -> period[0] <= toMicros && fromMicros <= period[1]);
	}

}
