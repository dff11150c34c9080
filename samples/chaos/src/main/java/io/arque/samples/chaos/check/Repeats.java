package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.List;

import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code Repeats} says why a task was started more than once.
 */
final class Repeats {

	private final Forgetting forgetting;

	private final long leaseMillis;

	Repeats(Forgetting forgetting, long leaseMillis) {
		this.forgetting = forgetting;
		this.leaseMillis = leaseMillis;
	}

	/**
	 * Gives a reason for each run but the first.
	 */
	List<Reason> of(TaskHistory task) {
		List<Reason> reasons = new ArrayList<>();
		for (int i = 1; i < task.runs().size(); i++) {
			reasons.add(reason(task.runs().subList(0, i), task.runs().get(i)));
		}
		return reasons;
	}

	private Reason reason(List<Run> earlier, Run run) {
		Run previous = earlier.get(earlier.size() - 1);
		boolean released = earlier.stream()
			.anyMatch((before) -> before.isReleased() && before.settledMicros() < run.startedMicros());
		if (!released && previous.isPutBack()) {
			return Reason.REPEAT_AFTER_RELEASE;
		}
		if (!released && run.leasedMillis() >= previous.leasedMillis() + this.leaseMillis) {
			return Reason.EXPIRED_LEASE;
		}
		return this.forgetting.between(previous.startedMicros(), run.startedMicros()) ? Reason.FORGOTTEN_BY_FAILOVER
				: Reason.UNEXPLAINED;
	}

	/**
	 * Why a task ran again.
	 */
	enum Reason {

		/**
		 * As long as a lease had passed since the one before, whose end nobody heard of.
		 */
		EXPIRED_LEASE("duplicated-expired-lease"),
		/** It had been put back: requeued after a failure, handed back at a stop. */
		REPEAT_AFTER_RELEASE("duplicated-repeat-after-release"),
		/** Redis may have forgotten that it was leased, or released. */
		FORGOTTEN_BY_FAILOVER("duplicated-forgotten-by-failover"),
		/** None of these: a defect. */
		UNEXPLAINED("duplicated-unexplained");

		private final String resultName;

		Reason(String resultName) {
			this.resultName = resultName;
		}

		String resultName() {
			return this.resultName;
		}

	}

}
