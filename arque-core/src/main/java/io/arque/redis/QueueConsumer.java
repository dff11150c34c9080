package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.arque.ArqueException;
import io.arque.DequeueResult.Reason;
import io.arque.LeasedTask;
import io.arque.TaskError;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;

/**
 * {@code QueueConsumer} takes tasks off one queue for one loop, and settles what the loop
 * has finished in the same call. A fetch that got no answer must be repeated with the
 * same {@link Fetch} object until it gets one: Redis then answers as it did the first
 * time, so that no lease goes astray. Not safe for use by several threads at once.
 */
public final class QueueConsumer {

	private static final Settlement.Verb[] VERBS = Settlement.Verb.values();

	private static final Reason[] REASONS = { Reason.NONE, Reason.EMPTY, Reason.THROTTLED, Reason.PAUSED, Reason.NONE };

	/** A due time further ahead is looked at daily. */
	private static final long MAX_LOOK_MILLIS = Duration.ofDays(1).toMillis();

	private final QueueAccess queue;

	private Lane lane;

	private final Ledger ledger;

	private @Nullable Unanswered unanswered;

	QueueConsumer(QueueAccess queue, Lane lane) {
		this.queue = queue;
		this.lane = lane;
		this.ledger = queue.ledger();
	}

	/**
	 * Settles what has finished and leases more.
	 * @param fetch what has finished and how much more is wanted; the same object again
	 * after a failure
	 * @return what came of it
	 * @throws ArqueException if the queue is of a format that this version cannot read
	 * @throws DataAccessException if Redis cannot be reached, does not answer, or refuses
	 */
	public Fetched dequeue(Fetch fetch) {
		this.ledger.consuming();
		Unanswered call = this.unanswered;
		if (call == null || call.fetch != fetch) {
			call = prepare(fetch);
			this.unanswered = call;
		}
		long sent = System.nanoTime();
		Fetched fetched = read(call, sent, execute(call));
		this.unanswered = null;
		return fetched;
	}

	private List<Object> execute(Unanswered call) {
		try {
			return call.call.execute();
		}
		catch (DataAccessException ex) {
			if (Call.isStale(ex)) { // nobody else uses the lane: what Redis keeps of it
									// is damaged
				this.lane = this.queue.client().instance().newLane();
				this.unanswered = null;
			}
			throw ex;
		}
	}

	private Unanswered prepare(Fetch fetch) {
		// the token is the name of this call: lane and number, never used twice
		String token = this.lane.name() + '.' + this.lane.upcoming();
		Arguments arguments = this.queue.policy()
			.add(this.lane.name())
			.add(token)
			.add(fetch.permits())
			.addMillis(this.queue.settings().leaseDuration())
			.add(this.queue.settings().workingLimit())
			.add(fetch.join().ordinal())
			.add(fetch.counts())
			.add(this.queue.settings().retry().suspectFrom())
			.add(fetch.suspect());
		int from = 0;
		for (Settlement.Verb verb : VERBS) {
			List<Settlement> section = section(fetch.settlements(), from, verb);
			arguments.add(section.size());
			section.forEach((settlement) -> settlement.addTo(arguments));
			from += section.size();
		}
		return new Unanswered(fetch, token, this.queue.call(Scripts.DEQUEUE, this.lane, arguments));
	}

	private static List<Settlement> section(List<Settlement> sorted, int from, Settlement.Verb verb) {
		int to = from;
		while (to < sorted.size() && sorted.get(to).verb() == verb) {
			to++;
		}
		return sorted.subList(from, to);
	}

	private Fetched read(Unanswered call, long sentNanos, List<Object> reply) {
		Instant now = Instant.ofEpochMilli(Reply.number(reply, 4));
		Instant deadline = now.plus(this.queue.settings().leaseDuration());
		List<LeasedTask> tasks = new ArrayList<>();
		List<Settlement> damaged = new ArrayList<>();
		List<Object> leases = Reply.list(reply, 12);
		StateRecord.Reader states = new StateRecord.Reader();
		for (int i = 0; i < leases.size(); i += 3) {
			String reference = Reply.text(leases, i);
			byte[] body = Reply.bytes(leases, i + 1);
			try {
				StateRecord state = states.read(Reply.bytes(leases, i + 2));
				LeasedTask task = this.queue.leasedTask(reference, call.token, body, state);
				tasks.add(task);
				if (state.requeuedAtMillis() == 0) {
					this.queue.log().waited(Duration.between(task.delivery().enqueuedAt(), now));
				}
			}
			catch (ArqueException ex) {
				LeasedTask task = this.queue.damagedTask(reference, call.token, body, deadline);
				damaged.add(Settlement.reject(task, TaskError.of(ex)));
			}
		}
		List<Settlement.Result> results = QueueAccess.results(Reply.text(reply, 10));
		report(call.fetch.settlements(), results, reply);
		this.ledger.answered(this.queue.keys().tag(), Reply.number(reply, 13) == 1,
				REASONS[Reply.integer(reply, 0)] == Reason.THROTTLED);
		long nextLook = Reply.number(reply, 2);
		return new Fetched(tasks, damaged, REASONS[Reply.integer(reply, 0)], Reply.number(reply, 1) == 1,
				(nextLook >= 0) ? Duration.ofMillis(Math.min(nextLook, MAX_LOOK_MILLIS)) : null,
				Reply.number(reply, 3) == 1, now, sentNanos, results,
				(reply.get(11) != null) ? Reply.stats(Reply.list(reply, 11), 0) : null);
	}

	private void report(List<Settlement> settlements, List<Settlement.Result> results, List<Object> reply) {
		QueueLog log = this.queue.log();
		for (int i = 0; i < results.size(); i++) {
			log.settled(settlements.get(i), results.get(i));
		}
		log.dropped(Reply.number(reply, 5));
		log.reclaimed(Reply.number(reply, 6));
		log.exhausted(Reply.number(reply, 7));
		log.unreadable(Reply.number(reply, 8));
		log.orphans(Reply.number(reply, 9));
		if (reply.get(11) != null) {
			log.limitIsNone(Reply.number(Reply.list(reply, 11), 11) == 1);
		}
	}

	private record Unanswered(Fetch fetch, String token, Call<List<Object>> call) {
	}

}
