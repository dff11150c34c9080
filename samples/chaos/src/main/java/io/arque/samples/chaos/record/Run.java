package io.arque.samples.chaos.record;

import org.jspecify.annotations.Nullable;

/**
 * {@code Run} is one delivery of a task to a worker that started it, and what that worker
 * knows of its end.
 */
public final class Run {

	/** Stands for what has not happened. */
	public static final long NEVER = Long.MAX_VALUE;

	private final String worker;

	private final String queue;

	private final String token;

	private final long startedMicros;

	private final long leasedMillis;

	private long doneMicros = NEVER;

	private boolean thrown;

	private boolean stopped;

	private @Nullable String settledBy;

	private long settledMicros = NEVER;

	private boolean refused;

	Run(String worker, String queue, String token, long startedMicros, long leasedMillis) {
		this.worker = worker;
		this.queue = queue;
		this.token = token;
		this.startedMicros = startedMicros;
		this.leasedMillis = leasedMillis;
	}

	void done(long micros) {
		this.doneMicros = micros;
	}

	void thrown() {
		this.thrown = true;
	}

	void stopped() {
		this.stopped = !isOver();
	}

	void settled(String verb, long micros) {
		this.settledBy = verb;
		this.settledMicros = micros;
	}

	void refused() {
		this.refused = true;
	}

	public String worker() {
		return this.worker;
	}

	public String queue() {
		return this.queue;
	}

	public String token() {
		return this.token;
	}

	/** When the worker started, which is after the lease. */
	public long startedMicros() {
		return this.startedMicros;
	}

	/** When Redis gave the lease, by Redis's own clock. */
	public long leasedMillis() {
		return this.leasedMillis;
	}

	/** When the work was done, which is before the release was sent. */
	public long doneMicros() {
		return this.doneMicros;
	}

	public boolean isDone() {
		return this.doneMicros != NEVER;
	}

	/** Whether Redis has told the worker that it released the task. */
	public boolean isReleased() {
		return "release".equals(this.settledBy);
	}

	/**
	 * Whether Redis has told the worker that it put the task back, or may have done so
	 * without the worker living to hear it.
	 */
	public boolean isPutBack() {
		return (this.settledBy != null) ? !isReleased() : this.thrown || this.stopped && !isDone();
	}

	/** When the worker heard that the settlement was carried out. */
	public long settledMicros() {
		return this.settledMicros;
	}

	/** Whether Redis has refused to settle the task because the lease was lost. */
	public boolean isRefused() {
		return this.refused;
	}

	/** Whether the worker was asked to stop, before it knew how the run ended. */
	public boolean isStopped() {
		return this.stopped;
	}

	/** Whether the worker has nothing more to hear or to do about the task. */
	public boolean isOver() {
		return this.settledBy != null || this.refused;
	}

}
