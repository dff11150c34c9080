package io.arque.listener;

import java.util.concurrent.atomic.AtomicInteger;

import io.arque.redis.Fetch;

/**
 * {@code Permits} are how many more tasks a listener may run at once. They are taken
 * before a call and given back by whoever ends a task; a call that got no answer keeps
 * its own until it does. Safe for use by many threads.
 */
final class Permits {

	private final int all;

	private final AtomicInteger free;

	private final Runnable freed;

	/**
	 * Begins with all.
	 * @param count how many
	 * @param freed called when some were given back
	 */
	Permits(int count, Runnable freed) {
		this.all = count;
		this.free = new AtomicInteger(count);
		this.freed = freed;
	}

	/**
	 * Tells how many there are.
	 * @return how many, free and taken
	 */
	int all() {
		return this.all;
	}

	/**
	 * Tells how many could be taken.
	 * @return how many are free
	 */
	int free() {
		return this.free.get();
	}

	/**
	 * Takes permits for one of several that want some.
	 * @param among how many, so that each gets its part; what it leaves is there for the
	 * next
	 * @param all false to take no more than half of all there are, so that a second call
	 * can bring tasks while those of the first are run
	 * @return how many permits, at most as many as one call can use
	 */
	int take(int among, boolean all) {
		int most = all ? Fetch.MAX_TASKS : Math.min(Fetch.MAX_TASKS, (this.all + 1) / 2);
		int now = this.free.get();
		while (now > 0) {
			int part = Math.min(most, (now + among - 1) / among);
			int witness = this.free.compareAndExchange(now, now - part);
			if (witness == now) {
				return part;
			}
			now = witness;
		}
		return 0;
	}

	/**
	 * Gives permits back.
	 * @param count how many
	 */
	void giveBack(int count) {
		this.free.addAndGet(count);
		this.freed.run();
	}

}
