package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.arque.ArqueMetrics.Event;
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
import io.arque.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * {@code RedisQueue} is one queue in Redis: each method that changes a task's state is
 * the script of the same name.
 *
 * @since 0.1.0
 */
public final class RedisQueue implements ArqueQueue {

	private static final int MAX_EXTENDED = 1000;

	private final QueueAccess queue;

	private final HandDequeue handDequeue;

	private final HandSettlement handSettlement;

	private final FailedTasks failed;

	RedisQueue(QueueAccess queue) {
		this.queue = queue;
		this.handDequeue = new HandDequeue(queue);
		this.handSettlement = new HandSettlement(queue);
		this.failed = new RedisFailedTasks(queue);
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
	 * Makes a consumer for one loop.
	 * @return a new consumer
	 */
	public QueueConsumer consumer() {
		return new QueueConsumer(this.queue, this.queue.client().instance().newLane());
	}

	/**
	 * Returns what looks into the queue, for tests and operators.
	 * @return the probe
	 */
	public QueueProbe probe() {
		return new QueueProbe(this.queue);
	}

	/**
	 * Adds tasks in one call.
	 * @param tasks at most {@value NewTask#MAX_TASKS_PER_CALL}
	 * @return a status for each, see {@code enqueue.lua}
	 */
	String enqueue(List<NewTask> tasks) {
		Arguments arguments = new Arguments();
		tasks.forEach((task) -> task.addTo(arguments));
		Sender durable = this.queue.client().durableSender(name());
		return Reply.text((durable != null) ? this.queue.execute(durable, Scripts.ENQUEUE, arguments)
				: this.queue.execute(Scripts.ENQUEUE, arguments));
	}

	@Override
	public DequeueResult dequeue(int max, Duration wait) {
		return this.handDequeue.dequeue(max, wait);
	}

	@Override
	public void release(LeasedTask... tasks) {
		this.handSettlement.settle(List.of(tasks).stream().map(Settlement::release).toList());
	}

	@Override
	public void requeue(LeasedTask task, Duration delay) {
		TaskError error = new TaskError("io.arque.Requeued", "Requeued by hand at the last attempt", "");
		this.handSettlement.settle(List.of(Settlement.requeue(task, delay, error)));
	}

	@Override
	public void handBack(LeasedTask... tasks) {
		this.handSettlement
			.settle(List.of(tasks).stream().map((task) -> Settlement.handBack(task, Duration.ZERO)).toList());
	}

	@Override
	public void reject(LeasedTask task, String reason) {
		TaskError error = new TaskError("io.arque.Rejected", reason, "");
		this.handSettlement.settle(List.of(Settlement.reject(task, error)));
	}

	@Override
	public Instant extend(LeasedTask task, Duration by) {
		List<Object> reply = extend(List.of(task), by);
		if (Settlement.Result.of(Reply.text(reply, 0).charAt(0)) == Settlement.Result.LOST) {
			this.queue.log().count(Event.LEASE_LOST, 1);
			throw new LeaseLostException("extend", List.of(task));
		}
		return Reply.instant(Reply.number(reply, 1));
	}

	/**
	 * Gives many leases a new deadline, the lease duration from now, in one call for each
	 * thousand.
	 * @param tasks the leased tasks
	 * @return those whose lease was lost, or that were settled meanwhile; not counted
	 */
	public List<LeasedTask> extendAll(List<LeasedTask> tasks) {
		List<LeasedTask> lost = new ArrayList<>();
		for (int from = 0; from < tasks.size(); from += MAX_EXTENDED) {
			List<LeasedTask> part = tasks.subList(from, Math.min(tasks.size(), from + MAX_EXTENDED));
			String statuses = Reply.text(extend(part, this.queue.settings().leaseDuration()), 0);
			for (int i = 0; i < part.size(); i++) {
				if (Settlement.Result.of(statuses.charAt(i)) == Settlement.Result.LOST) {
					lost.add(part.get(i));
				}
			}
		}
		return lost;
	}

	@Override
	public SweepResult sweep() {
		return sweepAndCount().swept();
	}

	/**
	 * Sweeps, and counts what the queue holds in the same call.
	 * @return both
	 */
	public SweepAndStats sweepAndCount() {
		List<Object> reply = this.queue.execute(Scripts.SWEEP, new Arguments());
		SweepResult swept = new SweepResult(Reply.integer(reply, 0), Reply.integer(reply, 1));
		this.queue.log().count(Event.SWEPT, (long) swept.promoted() + swept.reclaimed());
		this.queue.log().reclaimed(swept.reclaimed());
		this.queue.log().unreadable(Reply.number(reply, 2));
		this.queue.log().orphans(Reply.number(reply, 3));
		return new SweepAndStats(swept, Reply.stats(reply, 4));
	}

	@Override
	public QueueStats stats() {
		return Reply.stats(this.queue.execute(Scripts.STATS, new Arguments()), 0);
	}

	@Override
	public Optional<TaskInfo> task(String id) {
		List<Object> reply = this.queue.execute(Scripts.TASK, new Arguments().add(Checks.notNull(id, "id")));
		if (reply == null || reply.isEmpty() || reply.get(0) == null) {
			return Optional.empty();
		}
		TaskState place = switch (Reply.text(reply, 1)) {
			case "P" -> TaskState.PENDING;
			case "D" -> TaskState.DELAYED;
			case "W" -> TaskState.WORKING;
			case "F" -> TaskState.FAILED;
			default -> throw new IllegalStateException("Unknown place from Redis: " + Reply.text(reply, 1));
		};
		TaskBody head = TaskBody.readHead(Reply.bytes(reply, 3));
		StateRecord state = StateRecord.read(Reply.bytes(reply, 4));
		String found = (head.id() != null) ? head.id() : Reply.text(reply, 0);
		@Nullable Instant until = (place != TaskState.PENDING) ? Reply.instant(Reply.number(reply, 2)) : null;
		return Optional
			.of(new TaskInfo(found, place, until, state.delivery(head), state.requeues(), state.requeuedAt()));
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

	private void configure(String field, String value) {
		this.queue.execute(Scripts.CONFIGURE, new Arguments().add(field).add(value));
	}

	private List<Object> extend(List<LeasedTask> tasks, Duration by) {
		Checks.checkBetween(Checks.notNull(by, "by"), Duration.ofMillis(1), Checks.FOREVER,
				"The time to extend a lease by");
		tasks.forEach(this.queue::checkOwn);
		Arguments arguments = new Arguments().addMillis(by);
		tasks.forEach((task) -> arguments.add(task.lease().reference()).add(task.lease().token()));
		return this.queue.execute(Scripts.EXTEND, arguments);
	}

	/**
	 * What a sweep moved, and what the queue holds since.
	 *
	 * @param swept what was moved
	 * @param stats what the queue holds
	 */
	public record SweepAndStats(SweepResult swept, QueueStats stats) {
	}

}
