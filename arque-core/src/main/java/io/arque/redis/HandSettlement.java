package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

import org.springframework.dao.DataAccessException;

/**
 * {@code HandSettlement} settles tasks for workers that are their own loop. A call that
 * got no answer may have been carried out: it is kept, and the next settlement of one of
 * its tasks sends it again first, so that a worker is not told of a lost lease that it
 * gave up itself. So is a call that was answered when another of the same settlement
 * failed. What nobody asks for again is forgotten after a while.
 */
final class HandSettlement {

	/** Not longer than Redis remembers the answer, see {@code include/call.lua}. */
	private static final long KEPT_NANOS = Duration.ofMinutes(14).toNanos();

	private final QueueAccess queue;

	private final LongSupplier nanoTime;

	private final Map<String, Unanswered> unanswered = new ConcurrentHashMap<>();

	HandSettlement(QueueAccess queue) {
		this(queue, System::nanoTime);
	}

	HandSettlement(QueueAccess queue, LongSupplier nanoTime) {
		this.queue = queue;
		this.nanoTime = nanoTime;
	}

	/**
	 * Settles tasks, in calls of {@value Fetch#MAX_SETTLEMENTS} at the most. After a call
	 * that fails no other is made.
	 * @param settlements all of one verb
	 * @param outcome is told what came of it
	 */
	void settle(List<Settlement> settlements, HandOutcome outcome) {
		settlements.forEach((settlement) -> this.queue.checkOwn(settlement.task()));
		this.unanswered.values().removeIf(this::isTooOld);
		try {
			List<Settlement> fresh = new ArrayList<>();
			for (Settlement settlement : settlements) {
				Unanswered call = this.unanswered.get(key(settlement));
				if (call == null || isTooOld(call)) {
					fresh.add(settlement);
				}
				else {
					report(settlement, firstResult(settlement, call), outcome);
					this.unanswered.remove(key(settlement));
					outcome.answered(() -> this.unanswered.put(key(settlement), call));
				}
			}
			for (int from = 0; from < fresh.size(); from += Fetch.MAX_SETTLEMENTS) {
				settleFresh(fresh.subList(from, Math.min(fresh.size(), from + Fetch.MAX_SETTLEMENTS)), outcome);
			}
		}
		catch (DataAccessException ex) {
			outcome.failed(ex);
		}
	}

	/**
	 * Returns for how many tasks a call is kept.
	 * @return how many
	 */
	int kept() {
		return this.unanswered.size();
	}

	private void settleFresh(List<Settlement> settlements, HandOutcome outcome) {
		Unanswered call = new Unanswered(settlements, new SettlementCall(this.queue, settlements),
				this.nanoTime.getAsLong());
		List<Settlement.Result> results = execute(call);
		outcome.answered(() -> keep(call));
		for (int i = 0; i < settlements.size(); i++) {
			report(settlements.get(i), results.get(i), outcome);
		}
	}

	private void report(Settlement settlement, Settlement.Result result, HandOutcome outcome) {
		this.queue.log().settled(settlement, result);
		if (result == Settlement.Result.LOST) {
			outcome.lost(settlement.task());
		}
	}

	private Settlement.Result firstResult(Settlement settlement, Unanswered call) {
		List<Settlement.Result> results = execute(call);
		for (int i = 0; i < results.size(); i++) {
			Settlement earlier = call.settlements.get(i);
			if (key(earlier).equals(key(settlement))) {
				return (earlier.verb() == settlement.verb()) ? results.get(i) : Settlement.Result.LOST;
			}
		}
		throw new IllegalStateException("An unanswered call without the task it is kept for");
	}

	private List<Settlement.Result> execute(Unanswered call) {
		try {
			return call.call.execute();
		}
		catch (DataAccessException ex) {
			keep(call);
			throw ex;
		}
	}

	private void keep(Unanswered call) {
		call.settlements.forEach((settlement) -> this.unanswered.put(key(settlement), call));
	}

	private boolean isTooOld(Unanswered call) {
		return this.nanoTime.getAsLong() - call.sentNanos > KEPT_NANOS;
	}

	private static String key(Settlement settlement) {
		return settlement.task().lease().reference() + settlement.task().lease().token();
	}

	private record Unanswered(List<Settlement> settlements, SettlementCall call, long sentNanos) {
	}

}
