package io.arque.samples.chaos.record;

import java.util.Locale;

/**
 * What is measured of processes and servers again and again, with what it may grow by
 * although nothing leaks. The names in records and results are these, in small letters
 * and with hyphens.
 */
public enum Vital {

	/** Heap of a process after a full collection, in kilobytes. */
	HEAP_KB(4096),
	/** Threads of a process. */
	THREADS(5),
	/** Open files and sockets of a process. */
	DESCRIPTORS(5),
	/** Clients that are connected to all masters. */
	CONNECTIONS(10),
	/** Memory that all masters use, in kilobytes. */
	REDIS_MEMORY_KB(8192);

	private static final int ALLOWED_PERCENT = 10;

	private final long allowed;

	Vital(long allowed) {
		this.allowed = allowed;
	}

	/**
	 * Says how much more it may be later.
	 * @param first what it was
	 * @return a tenth of that, or a fixed number if that is more
	 */
	public long allowance(long first) {
		return Math.max(this.allowed, first * ALLOWED_PERCENT / 100);
	}

	static Vital of(String name) {
		return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
	}

	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
