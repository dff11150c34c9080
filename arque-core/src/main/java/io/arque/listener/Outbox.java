package io.arque.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.arque.LeasedTask;
import io.arque.redis.Fetch;
import io.arque.redis.Settlement;

/**
 * {@code Outbox} is what has become of tasks of one partition and Redis is to be told
 * with the next call. Safe for use by many threads.
 */
final class Outbox {

	private final Queue<Settlement> settlements = new ConcurrentLinkedQueue<>();

	/** When {@link #untold} had some; used by its caller only. */
	private long keptNanos = System.nanoTime();

	void add(Settlement settlement) {
		this.settlements.add(settlement);
	}

	boolean isEmpty() {
		return this.settlements.isEmpty();
	}

	/**
	 * Takes what one call can tell.
	 * @param call is given the settlements, oldest first; if it fails they are kept
	 */
	void take(Consumer<List<Settlement>> call) {
		List<Settlement> taken = new ArrayList<>(Fetch.MAX_SETTLEMENTS); // has room for
																			// all
		while (taken.size() < Fetch.MAX_SETTLEMENTS) {
			Settlement next = this.settlements.poll();
			if (next == null) {
				break;
			}
			taken.add(next);
		}
		try {
			call.accept(taken);
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			this.settlements.addAll(taken);
			throw ex;
		}
	}

	/**
	 * Returns tasks that are done, of which Redis was not told for long, since calls to
	 * others take so long or it does not answer: their leases must not expire before. For
	 * use by one thread.
	 * @param sent settlements that were sent, and have no answer
	 * @param now the time, by {@link System#nanoTime()}
	 * @param answeredNanos when Redis last answered
	 * @param patienceNanos how long is long
	 * @return the tasks; none if there were some a short time ago
	 */
	List<LeasedTask> untold(Stream<Settlement> sent, long now, long answeredNanos, long patienceNanos) {
		if (now - answeredNanos < patienceNanos || now - this.keptNanos < patienceNanos) {
			return List.of();
		}
		List<LeasedTask> untold = Stream.concat(this.settlements.stream(), sent).map(Settlement::task).toList();
		if (!untold.isEmpty()) {
			this.keptNanos = now;
		}
		return untold;
	}

}
