package io.arque.samples.chaos.process;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

import io.arque.LeasedTask;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;

/**
 * {@code Work} is what is done with a task: it takes its time, and is written down.
 */
final class Work {

	/** So many of a thousand tasks fail at their first attempt. */
	private static final int FAILING = 5;

	/** So many of ten thousand take longer than their lease, which has to be renewed. */
	private static final int LONG = 5;

	private final RecordWriter record;

	private final Duration lease;

	private final long micros;

	/**
	 * Creates it.
	 * @param record where it is written down
	 * @param lease how long a lease is
	 * @param mean how long the work takes on average
	 */
	Work(RecordWriter record, Duration lease, Duration mean) {
		this.record = record;
		this.lease = lease;
		this.micros = mean.toNanos() / 1000;
	}

	/**
	 * Does the work of a listener, whose leases are renewed.
	 */
	void doTask(LeasedTask task) throws InterruptedException {
		start(task);
		if (Math.floorMod(name(task).hashCode(), 1000) < FAILING && task.attempt() == 1) {
			this.record.write(Kind.THROWN, task.id(), task.lease().token());
			throw new IllegalStateException("The first attempt of this task fails");
		}
		boolean isLong = ThreadLocalRandom.current().nextInt(10_000) < LONG;
		finish(task, isLong ? this.lease.toNanos() / 1000 * 3 / 2 : this.micros);
	}

	/**
	 * Does the work of a worker by hand, whose leases are not renewed.
	 */
	void doShortTask(LeasedTask task) throws InterruptedException {
		start(task);
		finish(task, this.micros);
	}

	private void start(LeasedTask task) {
		long leasedMillis = Objects.requireNonNull(task.delivery().dequeuedAt()).toEpochMilli();
		this.record.write(Kind.STARTED, name(task), task.id(), task.lease().token(), leasedMillis, task.attempt(),
				task.queue());
	}

	private void finish(LeasedTask task, long meanMicros) throws InterruptedException {
		long micros = (meanMicros > 0) ? ThreadLocalRandom.current().nextLong(2 * meanMicros) : 0;
		Thread.sleep(micros / 1000, (int) (micros % 1000) * 1000);
		this.record.write(Kind.DONE, task.id(), task.lease().token());
	}

	private static String name(LeasedTask task) {
		return task.payload().text();
	}

}
