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
 * has passed, one call for all that an instance holds of a partition; and ends attempts
 * whose task time-out is over. A queue whose node does not answer holds up neither
 * time-outs nor the renewal of others: calls have threads of their own, and queues that
 * fail get half of these at the most. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class LeaseKeeper extends QueueWatch {

	private static final Logger logger = LoggerFactory.getLogger(LeaseKeeper.class);

	private static final Duration TICK = Duration.ofMillis(100);

	private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	private static final int CALLERS = 8;

	/** Queues whose last renewal failed, and when. */
	private final Map<String, Long> failedNanos = new ConcurrentHashMap<>();

	private final Outages outages = new Outages(logger, "Queue {}: leases cannot be renewed",
			"Queue {}: leases can be renewed again");

	/** Queues whose leases are being renewed. */
	private final Set<String> underWay = ConcurrentHashMap.newKeySet();

	/** Creates the keeper. */
	public LeaseKeeper() {
		super("arque-leases", TICK, CALLERS);
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
		Map<QueuePartition, List<RunningTask>> due = new HashMap<>();
		for (QueueSource source : sources()) {
			if (source.tasks().stream().anyMatch((task) -> !task.isSettled() && task.isDueForRenewal(now))) {
				List<RunningTask> ofQueue = due.computeIfAbsent(source.partition(), (partition) -> new ArrayList<>());
				source.tasks().stream().filter((task) -> !task.isSettled()).forEach(ofQueue::add);
			}
		}
		due.forEach((partition, tasks) -> {
			if (mayBeCalled(partition.tag(), now) && this.underWay.add(partition.tag())) {
				start(partition, tasks);
			}
		});
	}

	private boolean mayBeCalled(String tag, long now) {
		Long failed = this.failedNanos.get(tag);
		return failed == null || (now - failed >= RETRY_NANOS && this.underWay.size() < CALLERS / 2);
	}

	private void start(QueuePartition partition, List<RunningTask> tasks) {
		try {
			execute(() -> {
				try {
					renew(partition, tasks);
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

	void renew(QueuePartition partition, List<RunningTask> tasks) {
		try {
			long sent = System.nanoTime();
			Set<LeasedTask> lost = new HashSet<>(partition.extendAll(tasks.stream().map(RunningTask::task).toList()));
			for (RunningTask task : tasks) {
				if (lost.contains(task.task())) {
					task.loseLease();
				}
				else {
					task.renewed(sent);
				}
			}
			this.failedNanos.remove(partition.tag());
			this.outages.succeeded(partition.tag());
		}
		catch (RuntimeException ex) {
			this.failedNanos.put(partition.tag(), System.nanoTime());
			this.outages.failed(partition.tag(), ex);
		}
	}

}
