package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.ArqueQueue;
import io.arque.Checks;
import io.arque.DequeueResult;
import io.arque.FailedTasks;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.QueueStats;
import io.arque.SweepResult;
import io.arque.TaskError;
import io.arque.TaskInfo;

/**
 * {@code RedisQueue} is one queue in Redis: each method that changes a task's state is
 * the script of the same name, in the partition that the task is in; what concerns the
 * queue is asked of all its partitions.
 *
 * @since 0.1.0
 */
public final class RedisQueue implements ArqueQueue {

	private final QueueAccess queue;

	private final Partitions partitions;

	private final Ledger ledger;

	private final HandDequeue handDequeue;

	private final FailedTasks failed;

	private final Map<String, QueueStats> observed = new ConcurrentHashMap<>();

	RedisQueue(QueueAccess queue) {
		this.queue = queue;
		this.partitions = new Partitions(this, queue);
		this.ledger = new Ledger(queue, this.partitions);
		this.handDequeue = new HandDequeue(queue, this.partitions, this.ledger);
		this.failed = new QueueFailedTasks(this);
	}

	@Override
	public String name() {
		return this.queue.name();
	}

	/**
	 * Returns how this application treats the queue.
	 * @return the settings
	 */
	public QueueSettings settings() {
		return this.queue.settings();
	}

	/**
	 * Returns the partitions of the queue that are known: there may be more later, but
	 * never fewer.
	 * @return at least one
	 */
	public List<QueuePartition> partitions() {
		return this.partitions.all();
	}

	/**
	 * Returns the partition that this application writes a task to.
	 * @param id the task's id
	 * @return the partition
	 */
	QueuePartition partition(String id) {
		return this.partitions.of(id);
	}

	/**
	 * Returns all partitions after asking Redis for those that others have made, which
	 * costs one call.
	 * @param id what is looked for there, whose own partition comes first; empty if
	 * nothing is
	 * @return the partitions
	 */
	List<QueuePartition> searched(String id) {
		this.ledger.learn();
		return this.partitions.searched(id);
	}

	Ledger ledger() {
		return this.ledger;
	}

	/**
	 * Looks after one of the queue's partitions; does nothing if the queue is not spread.
	 * @param tag the partition's tag
	 * @param lives how long this application can be thought to live when it does not do
	 * this again
	 */
	public void tend(String tag, Duration lives) {
		this.ledger.tend(tag, lives);
	}

	/**
	 * Goes on with dividing the working limit if that had to wait for something; does
	 * nothing if the queue is not spread.
	 */
	public void catchUp() {
		this.ledger.catchUp();
	}

	/**
	 * Adds up what the queue holds.
	 * @param tag the partition that was counted
	 * @param stats what it holds
	 * @return what all partitions hold that were counted so far, each when it was last
	 */
	public QueueStats observed(String tag, QueueStats stats) {
		this.observed.put(tag, stats);
		return this.observed.values().stream().reduce(QueueStats::plus).orElse(stats);
	}

	/**
	 * Makes a consumer of the plain queue.
	 * @return a new consumer
	 */
	QueueConsumer consumer() {
		return this.partitions.plain().consumer();
	}

	/**
	 * Gives leases of one partition a new deadline.
	 * @param tasks the leased tasks
	 * @return those whose lease was lost, or that were settled meanwhile
	 */
	List<LeasedTask> extendAll(List<LeasedTask> tasks) {
		return tasks.isEmpty() ? tasks : this.partitions.of(tasks.get(0)).extendAll(tasks);
	}

	/**
	 * Returns what looks into the queue, for tests and operators.
	 * @return the probe
	 */
	public QueueProbe probe() {
		return new QueueProbe(this);
	}

	@Override
	public DequeueResult dequeue(int max, Duration wait) {
		return this.handDequeue.dequeue(max, wait);
	}

	@Override
	public void release(LeasedTask... tasks) {
		settle(List.of(tasks).stream().map(Settlement::release).toList());
	}

	@Override
	public void requeue(LeasedTask task, Duration delay) {
		TaskError error = new TaskError("io.arque.Requeued", "Requeued by hand at the last attempt", "");
		settle(List.of(Settlement.requeue(task, delay, error)));
	}

	@Override
	public void handBack(LeasedTask... tasks) {
		settle(List.of(tasks).stream().map((task) -> Settlement.handBack(task, Duration.ZERO)).toList());
	}

	@Override
	public void reject(LeasedTask task, String reason) {
		TaskError error = new TaskError("io.arque.Rejected", reason, "");
		settle(List.of(Settlement.reject(task, error)));
	}

	/**
	 * Settles tasks, each in the partition that it is in. If one cannot be reached the
	 * others are told all the same.
	 * @param settlements all of one verb
	 * @throws LeaseLostException naming those whose lease was lost
	 */
	void settle(List<Settlement> settlements) {
		if (settlements.isEmpty()) {
			return;
		}
		Map<QueuePartition, List<Settlement>> byPartition = new LinkedHashMap<>();
		for (Settlement settlement : settlements) {
			byPartition.computeIfAbsent(this.partitions.of(settlement.task()), (partition) -> new ArrayList<>())
				.add(settlement);
		}
		HandOutcome outcome = new HandOutcome(settlements.get(0).verb());
		byPartition.forEach((partition, own) -> partition.settle(own, outcome));
		outcome.end();
	}

	@Override
	public Instant extend(LeasedTask task, Duration by) {
		return this.partitions.of(task).extend(task, by);
	}

	@Override
	public SweepResult sweep() {
		return sweepAndCount().swept();
	}

	/**
	 * Sweeps, and counts what the queue holds in the same call, one for each partition.
	 * @return both
	 */
	public SweepAndStats sweepAndCount() {
		SweepAndStats sum = null;
		for (QueuePartition partition : spread()) {
			SweepAndStats one = partition.sweepAndCount();
			sum = (sum != null) ? sum.plus(one) : one;
		}
		return Checks.notNull(sum, "partitions");
	}

	@Override
	public QueueStats stats() {
		QueueStats sum = null;
		for (QueuePartition partition : spread()) {
			QueueStats one = partition.stats();
			sum = (sum != null) ? sum.plus(one) : one;
		}
		return Checks.notNull(sum, "partitions");
	}

	/**
	 * Returns the partitions, asking for new ones only if the queue is known to be
	 * spread.
	 */
	private List<QueuePartition> spread() {
		return this.ledger.exists() ? searched("") : this.partitions.all();
	}

	@Override
	public Optional<TaskInfo> task(String id) {
		Optional<TaskInfo> found = this.partitions.of(Checks.notNull(id, "id")).task(id);
		if (found.isPresent()) {
			return found;
		}
		return searched(id).stream().skip(1).flatMap((partition) -> partition.task(id).stream()).findFirst();
	}

	@Override
	public void pause() {
		configure("paused", "1");
	}

	@Override
	public void resume() {
		configure("paused", "");
	}

	@Override
	public void workingLimit(int tasks) {
		if (tasks < 1) {
			throw new IllegalArgumentException(
					"workingLimit must be at least 1, it is " + tasks + "; to stop, pause()");
		}
		if (tasks < settings().partitions()) {
			throw new IllegalArgumentException("workingLimit must be at least " + settings().partitions()
					+ ", the queue's partitions: each needs a share of it, it is " + tasks);
		}
		configure("limit", Integer.toString(tasks));
	}

	@Override
	public void resetWorkingLimit() {
		configure("limit", "");
	}

	@Override
	public FailedTasks failed() {
		return this.failed;
	}

	/** The ledger is beside the plain queue, and takes over what is set there. */
	private void configure(String field, String value) {
		if (this.partitions.plain().configure(field, value) || this.ledger.exists()) {
			this.ledger.round();
		}
	}

	/**
	 * What a sweep moved, and what the queue holds since.
	 *
	 * @param swept what was moved
	 * @param stats what the queue holds
	 */
	public record SweepAndStats(SweepResult swept, QueueStats stats) {

		SweepAndStats plus(SweepAndStats other) {
			return new SweepAndStats(new SweepResult(this.swept.promoted() + other.swept.promoted(),
					this.swept.reclaimed() + other.swept.reclaimed()), this.stats.plus(other.stats));
		}

	}

}
