package io.arque.samples.chaos.fault;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What can be done. The names on the command line and in the results are these, in small
 * letters and with hyphens.
 */
public enum FaultKind {

	/** {@code kill -9} of a worker; another takes its place. */
	KILL(true),
	/** {@code SIGTERM} of a worker; another takes its place. */
	TERM(true),
	/** {@code kill -9} of a producer; another takes over what it had not begun. */
	KILL_PRODUCER(true),
	/** {@code SIGTERM} of a producer. */
	TERM_PRODUCER(true),
	/** {@code SIGSTOP} of a worker for longer than the lease, then {@code SIGCONT}. */
	ZOMBIE(true),
	/** A worker whose clock is an hour off takes the place of one that is killed. */
	CLOCK(true),
	/** {@code kill -9} of Redis, and a start with what it had written. */
	REDIS_RESTART(false),
	/** {@code CLIENT KILL} of all connections. */
	CLIENT_KILL(false),
	/** All connections are cut, by the proxy. */
	CUT(false),
	/** Nothing passes for a while, in the proxy. */
	STALL(false),
	/** {@code SCRIPT FLUSH}. */
	SCRIPT_FLUSH(false),
	/** {@code DEBUG SLEEP}: Redis does nothing for a while. */
	SLEEP(false),
	/** Redis has no memory left for a while, so that nothing can be enqueued. */
	FULL(false),
	/** Another server becomes the master: by order, or because the master was killed. */
	FAILOVER(false),
	/** The slot of a queue moves to another master. */
	MIGRATE(false);

	private final boolean ofProcess;

	FaultKind(boolean ofProcess) {
		this.ofProcess = ofProcess;
	}

	/**
	 * Whether it is done to a worker or a producer, not to Redis.
	 * @return whether it is
	 */
	public boolean isOfProcess() {
		return this.ofProcess;
	}

	/**
	 * Finds one by its name.
	 * @param name its name
	 * @return the kind
	 * @throws IllegalArgumentException if there is none of that name
	 */
	public static FaultKind of(String name) {
		return Arrays.stream(values())
			.filter((kind) -> kind.toString().equals(name))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no fault '" + name + "'. There are: "
					+ Arrays.stream(values()).map(FaultKind::toString).collect(Collectors.joining(", "))));
	}

	@Override
	public String toString() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
