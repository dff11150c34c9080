package io.arque.redis;

import java.util.ArrayList;
import java.util.List;

import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;

/**
 * {@code HandOutcome} is what came of settling tasks by hand, over all calls and
 * partitions that it took. For use by one thread.
 */
final class HandOutcome {

	private final Settlement.Verb verb;

	private final List<LeasedTask> lost = new ArrayList<>();

	private final List<Runnable> answered = new ArrayList<>();

	private @Nullable DataAccessException failure;

	HandOutcome(Settlement.Verb verb) {
		this.verb = verb;
	}

	void lost(LeasedTask task) {
		this.lost.add(task);
	}

	/**
	 * Redis has answered a call.
	 * @param keep keeps the answer for whoever asks again, which is done if another call
	 * fails
	 */
	void answered(Runnable keep) {
		this.answered.add(keep);
	}

	void failed(DataAccessException ex) {
		if (this.failure == null) {
			this.failure = ex;
		}
		else {
			this.failure.addSuppressed(ex);
		}
	}

	/**
	 * Returns if all is settled.
	 * @throws DataAccessException if a call failed; settling all of them again tells the
	 * same of those that were answered
	 * @throws LeaseLostException naming those whose lease was lost
	 */
	void end() {
		LeaseLostException lost = this.lost.isEmpty() ? null : new LeaseLostException(this.verb.toString(), this.lost);
		if (this.failure != null) {
			this.answered.forEach(Runnable::run);
			if (lost != null) {
				this.failure.addSuppressed(lost);
			}
			throw this.failure;
		}
		if (lost != null) {
			throw lost;
		}
	}

}
