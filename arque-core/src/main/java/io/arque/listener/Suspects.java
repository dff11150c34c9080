package io.arque.listener;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * {@code Suspects} are the tasks of one queue, over all its partitions, that a loop runs
 * and that may be what kills their workers. While there is one no partition is asked for
 * another. Safe for use by many threads.
 */
final class Suspects {

	private final AtomicInteger running = new AtomicInteger();

	/** Who did without since another's suspect ran, and may have some. */
	private final Set<QueueSource> waiting = ConcurrentHashMap.newKeySet();

	/**
	 * Whether a partition may be asked for a suspect. If not, it is woken when it may.
	 * @param source the partition
	 * @return whether none runs
	 */
	boolean mayTakeOne(QueueSource source) {
		if (this.running.get() == 0) {
			return true;
		}
		this.waiting.add(source);
		return this.running.get() == 0; // the last may have ended meanwhile
	}

	/** One is about to be run. */
	void started() {
		this.running.incrementAndGet();
	}

	/**
	 * One was settled and its handler has ended. Its own partition may have been asked
	 * between the two, too.
	 */
	void ended() {
		if (this.running.decrementAndGet() == 0) {
			for (QueueSource source : this.waiting) {
				this.waiting.remove(source);
				source.wake();
			}
		}
	}

}
