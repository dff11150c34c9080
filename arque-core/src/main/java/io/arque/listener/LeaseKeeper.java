package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.arque.LeasedTask;
import io.arque.redis.QueuePartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code LeaseKeeper} renews the leases of running tasks, each when a third of its time
 * has passed, one call for all that an instance holds of a partition, and those of tasks
 * that are done until Redis was told; and ends attempts whose task time-out is over. A
 * queue whose node does not answer holds up neither time-outs nor the renewal of others:
 * each call has a thread of its own. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class LeaseKeeper extends QueueWatch {

	private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

	private static final Duration TICK = Duration.ofMillis(100);

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	/** Queues whose last renewal failed, and when. */
	private final Map<String, Long> failedNanos = new ConcurrentHashMap<>();

	private final Outages outages = new Outages(logger, "Queue {}: leases cannot be renewed",
			"Queue {}: leases can be renewed again");

	/** Queues whose leases are being renewed. */
	private final Set<String> underWay = ConcurrentHashMap.newKeySet();

	/** Creates the keeper. */
	public LeaseKeeper() {
		super("arque-leases", TICK);
	}

	@Override
	List<Runnable> duties() {
		return List.of(this::renew, this::timeOut);
	}

	@Override
	void add(List<QueueSource> ofContainer) {
		super.add(ofContainer);
		super.start();
	}

	@Override
	public void start() {
		if (!sources().isEmpty()) { // else with the first container
			super.start();
		}
	}

	@Override
	public void stop() {
		super.stop();
		this.underWay.clear(); // calls that had no thread yet never come
	}

	private void timeOut() {
		long now = System.nanoTime();
		for (QueueSource source : sources()) {
			for (RunningTask task : source.tasks()) {
				try {
					task.timeOut(now);
				}
				catch (RuntimeException ex) { // or the schedule would end
					logger.error("Queue {}: the time-out of task {} failed", task.task().queue(), task.task().id(), ex);
				}
			}
		}
	}

	private void renew() {
		long now = System.nanoTime();
		Map<QueuePartition, Renewal> renewals = new HashMap<>();
		for (QueueSource source : sources()) {
			List<RunningTask> running = source.tasks().stream().filter((task) -> !task.isSettled()).toList();
			List<LeasedTask> untold = source.untold(now); // in both, what ends meanwhile
			if (!untold.isEmpty() || running.stream().anyMatch((task) -> task.isDueForRenewal(now))) {
				Renewal renewal = renewals.computeIfAbsent(source.partition(), (partition) -> new Renewal());
				renewal.running.addAll(running);
				renewal.untold.addAll(untold);
				if (!untold.isEmpty()) {
					renewal.untoldOf.add(source);
				}
			}
		}
		renewals.forEach((partition, renewal) -> {
			if (mayBeCalled(partition.tag(), now) && this.underWay.add(partition.tag())) {
				start(partition, renewal);
			}
		});
	}

	private boolean mayBeCalled(String tag, long now) {
		Long failed = this.failedNanos.get(tag);
		return failed == null || now - failed >= RETRY_NANOS;
	}

	private void start(QueuePartition partition, Renewal renewal) {
		try {
			execute(() -> {
				try {
					renew(partition, renewal);
				}
				finally {
					this.underWay.remove(partition.tag());
				}
			});
		}
		catch (RejectedExecutionException ex) {
			this.underWay.remove(partition.tag());
			logger.trace("Stopped before the leases of queue {} were renewed", partition.tag());
		}
		catch (Error ex) { // such as "unable to create native thread"
			this.underWay.remove(partition.tag());
			throw ex;
		}
	}

	private void renew(QueuePartition partition, Renewal renewal) {
		long sent = System.nanoTime();
		try {
			renew(partition, renewal.running, renewal.untold);
			renewal.untoldOf.forEach((source) -> source.untoldRenewed(sent));
			this.failedNanos.remove(partition.tag());
			this.outages.succeeded(partition.tag());
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			this.failedNanos.put(partition.tag(), System.nanoTime());
			this.outages.failed(partition.tag(), ex);
		}
	}

	/**
	 * Renews leases, in one call.
	 * @param partition where they are
	 * @param running tasks that run; those whose lease was lost are told
	 * @param untold tasks that are done, which need no lease any more if Redis was told
	 * meanwhile
	 */
	void renew(QueuePartition partition, List<RunningTask> running, List<LeasedTask> untold) {
		long sent = System.nanoTime();
		List<LeasedTask> all = new ArrayList<>(untold);
		running.forEach((task) -> all.add(task.task()));
		Set<LeasedTask> lost = new HashSet<>(partition.extendAll(all));
		for (RunningTask task : running) {
			if (lost.contains(task.task())) {
				task.loseLease();
			}
			else {
				task.renewed(sent);
			}
		}
	}

	/**
	 * What is to be renewed of a partition.
	 */
	private static final class Renewal {

		private final List<RunningTask> running = new ArrayList<>();

		private final List<LeasedTask> untold = new ArrayList<>();

		/** Those that had some of {@link #untold}. */
		private final List<QueueSource> untoldOf = new ArrayList<>();

	}

}
