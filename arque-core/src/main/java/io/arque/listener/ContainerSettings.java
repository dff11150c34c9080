package io.arque.listener;

import java.time.Duration;

import io.arque.Checks;

/**
 * How a container works.
 *
 * @param concurrency how many tasks are worked on at once, 1 to 10000
 * @param ackMode who settles tasks
 * @param autoStartup whether the container starts with the application
 * @param shutdownTimeout how long running handlers may go on when the container stops
 * @param virtualThreads whether handlers run on virtual threads
 * @since 0.1.0
 */
public record ContainerSettings(int concurrency, AckMode ackMode, boolean autoStartup, Duration shutdownTimeout,
		boolean virtualThreads) {

	/** What holds when nothing is set. */
	public static final ContainerSettings DEFAULTS = new ContainerSettings(10, AckMode.AUTO, true,
			Duration.ofSeconds(20), false);

	/**
	 * Checks.
	 */
	public ContainerSettings {
		if (concurrency < 1 || concurrency > 10_000) {
			throw new IllegalArgumentException("concurrency must be 1 to 10000, it is " + concurrency);
		}
		Checks.checkBetween(shutdownTimeout, Duration.ZERO, Checks.FOREVER, "shutdown-timeout");
	}

	ContainerSettings with(ArqueListenerEndpoint.Overrides overrides) {
		return new ContainerSettings((overrides.concurrency() != null) ? overrides.concurrency() : this.concurrency,
				(overrides.ackMode() != null) ? overrides.ackMode() : this.ackMode,
				(overrides.autoStartup() != null) ? overrides.autoStartup() : this.autoStartup, this.shutdownTimeout,
				this.virtualThreads);
	}

	/**
	 * Sets the concurrency.
	 * @param concurrency how many tasks at once
	 * @return the changed copy
	 */
	public ContainerSettings withConcurrency(int concurrency) {
		return new ContainerSettings(concurrency, this.ackMode, this.autoStartup, this.shutdownTimeout,
				this.virtualThreads);
	}

}
