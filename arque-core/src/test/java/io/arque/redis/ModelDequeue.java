package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.LongFunction;

import io.arque.TaskState;

/**
 * {@code ModelDequeue} is {@code dequeue.lua} in the model: settle, reclaim, promote,
 * take and trim, in this order.
 */
final class ModelDequeue {

	private static final int NAME = 8;

	private static final int TOKEN = 9;

	private static final int PERMITS = 10;

	private static final int LEASE_MILLIS = 11;

	private static final int LIMIT = 12;

	private static final int JOIN = 13;

	private static final int COUNTS = 14;

	private static final int SUSPECT_FROM = 15;

	private static final int SUSPECT = 16;

	private static final int SECTIONS = 17;

	private final QueueModel queue;

	private final LongFunction<List<Object>> counts;

	private int at = SECTIONS;

	private int settled;

	ModelDequeue(QueueModel queue, LongFunction<List<Object>> counts) {
		this.queue = queue;
		this.counts = counts;
	}

	ModelCalls.Answer answer(ModelCall call, ModelWaiting seen) {
		long now = call.now();
		String statuses = settle(call);
		long reclaimed = this.queue.reclaim(now);
		this.queue.applied = call.text(LIMIT);
		int limit = (int) (this.queue.limit.isEmpty() ? call.number(LIMIT) : Long.parseLong(this.queue.limit));
		int working = this.queue.count(TaskState.WORKING);
		long keptTill = seen.keptForAnother(call.text(NAME), now);
		int free = Math.max(0, limit - working - ((keptTill > 0) ? 1 : 0));
		long permits = call.number(PERMITS);
		int k = this.queue.paused ? 0 : (int) Math.min(Math.min(permits, 200), free);
		boolean yields = this.settled > 0 && k == free && k > 0 && keptTill == 0
				&& seen.isAnotherStarving(call.text(NAME) + call.text(LIMIT), working, this.queue.limit, now);
		if (yields) {
			keptTill = now + ModelWaiting.TURN_MILLIS;
			k--;
			free--;
		}
		int failedBefore = this.queue.count(TaskState.FAILED);
		List<ModelTask> taken = List.of();
		boolean left = !this.queue.pending.isEmpty();
		if (k > 0) {
			this.queue.promote(now, now);
			taken = this.queue.take(k, call.policy(), suspects(call), call.text(TOKEN), now + call.number(LEASE_MILLIS),
					now);
			left = this.queue.isMoreInReach();
		}
		long exhausted = this.queue.count(TaskState.FAILED) - failedBefore;
		long dropped = this.queue.trimFailed(call.policy(), now);
		long reason = reason(taken.size(), permits, free, left);
		boolean more = left && (reason == 0 || reason == 4);
		boolean waits = waits(call, reason, taken.size());
		List<Object> answer = new ArrayList<>(List.of(reason, more ? 1L : 0L, waits ? nextLook(keptTill, now) : -1L,
				ModelCalls.ANYTHING, now, dropped, reclaimed, exhausted, 0L, 0L, statuses));
		answer.add(counts(call));
		answer.add(leases(taken));
		answer.add(0L);
		return new ModelCalls.Answer(answer, again(answer, taken));
	}

	private String settle(ModelCall call) {
		StringBuilder statuses = new StringBuilder();
		long now = call.now();
		List<ModelTask> released = new ArrayList<>();
		section(call, 2, (from) -> released.add(leased(call, from)));
		statuses.append(this.queue.release(released));
		section(call, 4, (from) -> statuses.append(this.queue.requeue(leased(call, from), call.number(from + 2),
				call.text(from + 3), call.policy().maxAttempts(), now)));
		section(call, 3,
				(from) -> statuses.append(this.queue.handBack(leased(call, from), call.number(from + 2), now)));
		section(call, 3, (from) -> statuses.append(this.queue.reject(leased(call, from), call.text(from + 2), now)));
		return statuses.toString();
	}

	private void section(ModelCall call, int width, IntConsumer settle) {
		int count = (int) call.number(this.at++);
		for (int i = 0; i < count; i++, this.at += width) {
			settle.accept(this.at);
		}
		this.settled += count;
	}

	private ModelTask leased(ModelCall call, int from) {
		return this.queue.leased(call.text(from), call.text(from + 1));
	}

	private static QueueModel.Suspects suspects(ModelCall call) {
		return new QueueModel.Suspects(call.number(SUSPECT_FROM), call.text(SUSPECT).equals("1"));
	}

	private long reason(int count, long permits, int free, boolean left) {
		if (this.queue.paused) {
			return 3;
		}
		if (count >= permits) {
			return 0;
		}
		if (count == free) {
			return 2;
		}
		return left ? 4 : 1;
	}

	private boolean waits(ModelCall call, long reason, int count) {
		boolean joins = call.text(JOIN).equals("2") || call.text(JOIN).equals("1") && count == 0;
		return call.number(PERMITS) > 0 && (reason == 1 || reason == 2) && joins;
	}

	private long nextLook(long keptTill, long now) {
		long next = this.queue.tasks.values()
			.stream()
			.filter((task) -> task.place == TaskState.WORKING || task.place == TaskState.DELAYED)
			.mapToLong((task) -> task.time)
			.filter((time) -> time > now)
			.min()
			.orElse(Long.MAX_VALUE);
		next = (keptTill > 0) ? Math.min(next, keptTill) : next;
		return (next < Long.MAX_VALUE) ? next - now : -1;
	}

	private Object counts(ModelCall call) {
		return call.text(COUNTS).equals("1") ? this.counts.apply(call.now()) : List.of();
	}

	private static List<Object> leases(List<ModelTask> tasks) {
		List<Object> leases = new ArrayList<>();
		tasks.forEach((task) -> leases.addAll(List.of(task.reference, task.body, task.state())));
		return leases;
	}

	/**
	 * A repeat tells the leases that are still its own.
	 */
	private Function<ModelCall, Object> again(List<Object> first, List<ModelTask> taken) {
		List<String> references = taken.stream().map((task) -> task.reference).toList();
		return (call) -> {
			List<ModelTask> own = references.stream()
				.map((reference) -> this.queue.leased(reference, call.text(TOKEN)))
				.filter((task) -> task != null)
				.toList();
			List<Object> answer = new ArrayList<>(first);
			answer.set(1, 1L);
			answer.set(2, first.get(0).equals(1L) || first.get(0).equals(2L) ? 0L : -1L);
			answer.set(3, 0L);
			answer.set(4, call.now());
			answer.set(11, counts(call));
			answer.set(12, leases(own));
			return answer;
		};
	}

}
