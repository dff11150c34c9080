package io.arque.samples.benchmark.measure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * {@code Latency} is the time from sending a task to its arrival, for one task every
 * {@value #PERIOD_MILLIS} ms, on an otherwise idle queue.
 */
public final class Latency {

	private static final int PERIOD_MILLIS = 10;

	private static final long NANOS_PER_MILLI = 1_000_000;

	private final long[] sentNanos;

	private final long[] nanos;

	private final CountDownLatch left;

	/**
	 * Prepares.
	 * @param duration how long to send
	 */
	public Latency(Duration duration) {
		int tasks = (int) (duration.toMillis() / PERIOD_MILLIS);
		this.sentNanos = new long[tasks];
		this.nanos = new long[tasks];
		this.left = new CountDownLatch(tasks);
	}

	/**
	 * Sends all tasks and waits for the last to arrive.
	 * @param send is given the task's number
	 * @throws InterruptedException if interrupted
	 */
	public void run(IntConsumer send) throws InterruptedException {
		long start = System.nanoTime();
		for (int task = 0; task < this.nanos.length; task++) {
			long at = start + task * PERIOD_MILLIS * NANOS_PER_MILLI;
			while (System.nanoTime() - at < 0) {
				LockSupport.parkNanos(at - System.nanoTime());
			}
			this.sentNanos[task] = System.nanoTime();
			send.accept(task);
		}
		if (!this.left.await(1, TimeUnit.MINUTES)) {
			throw new IllegalStateException(this.left.getCount() + " tasks have not arrived");
		}
	}

	/**
	 * Says that a task has arrived. Called from any thread.
	 * @param task the task's number
	 */
	public void arrived(int task) {
		this.nanos[task] = System.nanoTime() - this.sentNanos[task];
		this.left.countDown();
	}

	/**
	 * Returns the percentiles, once all has arrived.
	 * @param name what their names begin with
	 * @return p50, p99 and p99.9
	 */
	public List<Sample> percentiles(String name) {
		return percentiles(name, Arrays.stream(this.nanos).mapToDouble((nanos) -> nanos / 1e6).toArray());
	}

	/**
	 * Returns the percentiles of some times.
	 * @param name what their names begin with
	 * @param millis the times
	 * @return p50, p99 and p99.9
	 */
	static List<Sample> percentiles(String name, double[] millis) {
		double[] sorted = millis.clone();
		Arrays.sort(sorted);
		return List.of(new Sample(name + ".p50", percentile(sorted, 0.5), "ms"),
				new Sample(name + ".p99", percentile(sorted, 0.99), "ms"),
				new Sample(name + ".p99.9", percentile(sorted, 0.999), "ms"));
	}

	/** The least of the values that so many of all do not exceed. */
	private static double percentile(double[] sorted, double share) {
		return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
	}

}
