package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;

/**
 * {@code HandSettlement} settles tasks for workers that are their own loop. A call that
 * got no answer may have been carried out: it is kept, and the next settlement of one of
 * its tasks sends it again first, so that a worker is not told of a lost lease that it
 * gave up itself.
 */
final class HandSettlement {

	/** Not longer than Redis remembers the answer, see {@code include/call.lua}. */
	private static final long KEPT_NANOS = Duration.ofMinutes(14).toNanos();

	private final QueueAccess queue;

	private final Map<String, Unanswered> unanswered = new ConcurrentHashMap<>();

	HandSettlement(QueueAccess queue) {
		this.queue = queue;
	}

	/**
	 * Settles tasks, in calls of {@value Fetch#MAX_SETTLEMENTS} at the most.
	 * @param settlements all of one verb
	 * @throws LeaseLostException naming those whose lease was lost
	 */
	void settle(List<Settlement> settlements) {
		settlements.forEach((settlement) -> this.queue.checkOwn(settlement.task()));
		List<LeasedTask> lost = new ArrayList<>();
		List<Settlement> fresh = new ArrayList<>();
		for (Settlement settlement : settlements) {
			Settlement.@Nullable Result first = firstResult(settlement);
			if (first == null) {
				fresh.add(settlement);
			}
			else {
				report(settlement, first, lost);
			}
		}
		for (int from = 0; from < fresh.size(); from += Fetch.MAX_SETTLEMENTS) {
			List<Settlement> part = fresh.subList(from, Math.min(fresh.size(), from + Fetch.MAX_SETTLEMENTS));
			List<Settlement.Result> results = execute(
					new Unanswered(part, new SettlementCall(this.queue, part), System.nanoTime()));
			for (int i = 0; i < part.size(); i++) {
				report(part.get(i), results.get(i), lost);
			}
		}
		if (!lost.isEmpty()) {
			throw new LeaseLostException(settlements.get(0).verb().toString(), lost);
		}
	}

	private void report(Settlement settlement, Settlement.Result result, List<LeasedTask> lost) {
		this.queue.log().settled(settlement, result);
		if (result == Settlement.Result.LOST) {
			lost.add(settlement.task());
		}
	}

	private Settlement.@Nullable Result firstResult(Settlement settlement) {
		Unanswered call = this.unanswered.get(key(settlement));
		if (call == null || call.isTooOld()) {
			return null;
		}
		List<Settlement.Result> results = execute(call);
		this.unanswered.remove(key(settlement));
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
			this.unanswered.values().removeIf(Unanswered::isTooOld);
			call.settlements.forEach((settlement) -> this.unanswered.put(key(settlement), call));
			throw ex;
		}
	}

	private static String key(Settlement settlement) {
		return settlement.task().lease().reference() + settlement.task().lease().token();
	}

	private record Unanswered(List<Settlement> settlements, SettlementCall call, long sentNanos) {

		boolean isTooOld() {
			return System.nanoTime() - this.sentNanos > KEPT_NANOS;
		}

	}

}
