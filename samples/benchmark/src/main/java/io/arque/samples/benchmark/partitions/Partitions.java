package io.arque.samples.benchmark.partitions;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.arque.samples.benchmark.arque.Arque;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.server.ClusterServer;

/**
 * {@code Partitions} measures queues that have so many partitions on a Cluster.
 */
public final class Partitions implements AutoCloseable {

	private static final String LISTENER = "drain-100";

	/** So many make a call each. */
	private static final int CALLERS = 8;

	private final ClusterServer cluster;

	private final Arque arque;

	/**
	 * Starts an application.
	 * @param cluster where its queues are
	 * @param prefix what all keys begin with
	 * @param partitions how many partitions each of its queues has
	 */
	public Partitions(ClusterServer cluster, String prefix, int partitions) {
		this.cluster = cluster;
		this.arque = new Arque(cluster, prefix + "-" + partitions, Map.of("arque.queues.enqueue.partitions", partitions,
				"arque.queues." + LISTENER + ".partitions", partitions));
	}

	/**
	 * Enqueues tasks with one call.
	 * @param tasks how many tasks
	 * @return tasks per second
	 * @throws Exception if it failed
	 */
	public double enqueueAll(int tasks) throws Exception {
		return this.arque.enqueueAll(tasks, Order.SMALL_BYTES);
	}

	/**
	 * Lets a listener work on tasks that are there, from its start until all are
	 * released.
	 * @param tasks how many tasks
	 * @return tasks per second
	 * @throws Exception if it failed
	 */
	public double drain(int tasks) throws Exception {
		return this.arque.drain(LISTENER, tasks, Order.SMALL_BYTES);
	}

	/**
	 * Enqueues tasks, each with a call of its own, and counts each master's calls.
	 * @param tasks how many tasks
	 * @return how much more the busiest master has of them than a fair part, in percent
	 * @throws Exception if it failed
	 */
	public double loadSpread(int tasks) throws Exception {
		List<Long> before = this.cluster.scriptCalls();
		this.arque.enqueue(CALLERS, tasks, Order.SMALL_BYTES);
		List<Long> after = this.cluster.scriptCalls();
		List<Long> loads = new ArrayList<>();
		for (int i = 0; i < after.size(); i++) {
			loads.add(after.get(i) - before.get(i));
		}
		return spread(loads);
	}

	/**
	 * Returns how far the largest load lies above their mean.
	 * @param loads the loads, not all 0
	 * @return percent of the mean
	 */
	static double spread(List<Long> loads) {
		double mean = loads.stream().mapToLong(Long::longValue).average().orElseThrow();
		long largest = loads.stream().mapToLong(Long::longValue).max().orElseThrow();
		return 100 * (largest / mean - 1);
	}

	@Override
	public void close() {
		this.arque.close();
	}

}
