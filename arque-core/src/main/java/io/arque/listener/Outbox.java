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

	/** When the leases of tasks that were {@link #untold} were last renewed. */
	private volatile long renewedNanos = System.nanoTime();

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
	 * Returns tasks that are done, of which Redis was not told, since calls to others
	 * take so long or it does not answer: their leases must not expire before. When it
	 * last answered tells nothing: another call may have got the answer.
	 * @param sent settlements that were sent, and have no answer
	 * @param now the time, by {@link System#nanoTime()}
	 * @param intervalNanos how often their leases are to be renewed
	 * @return the tasks; none if leases were renewed a shorter time ago
	 */
	List<LeasedTask> untold(Stream<Settlement> sent, long now, long intervalNanos) {
		if (now - this.renewedNanos < intervalNanos) {
			return List.of();
		}
		return Stream.concat(this.settlements.stream(), sent).map(Settlement::task).toList();
	}

	/**
	 * The leases of tasks that were {@link #untold} are renewed.
	 * @param sentNanos since when
	 */
	void renewed(long sentNanos) {
		this.renewedNanos = sentNanos;
	}

}
