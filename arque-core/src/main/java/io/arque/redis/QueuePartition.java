package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.arque.ArqueMetrics.Event;
import io.arque.Checks;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.SweepResult;
import io.arque.TaskInfo;
import io.arque.TaskState;
import org.jspecify.annotations.Nullable;

/**
 * {@code QueuePartition} is one partition of a queue: the keys of one slot, on which the
 * scripts work. A queue that is not spread is its own and only partition. Safe for use by
 * many threads.
 *
 * @since 0.1.0
 */
public final class QueuePartition {

	private static final int MAX_EXTENDED = 1000;

	private final RedisQueue queue;

	private final QueueAccess access;

	private final HandSettlement handSettlement;

	private final RedisFailedTasks failed;

	QueuePartition(RedisQueue queue, QueueAccess access) {
		this.queue = queue;
		this.access = access;
		this.handSettlement = new HandSettlement(access);
		this.failed = new RedisFailedTasks(access);
	}

	/**
	 * Returns what names the partition, in its keys and in wake-up messages.
	 * @return the tag; the queue's name if the queue is not spread
	 */
	public String tag() {
		return this.access.keys().tag();
	}

	/**
	 * Returns the queue that this is a partition of.
	 * @return the queue
	 */
	public RedisQueue queue() {
		return this.queue;
	}

	/**
	 * Makes a consumer for one loop.
	 * @return a new consumer
	 */
	public QueueConsumer consumer() {
		return new QueueConsumer(this.access, this.access.client().instance().newLane());
	}

	QueueAccess access() {
		return this.access;
	}

	RedisFailedTasks failed() {
		return this.failed;
	}

	/**
	 * Adds tasks in one call.
	 * @param tasks at most {@value NewTask#MAX_TASKS_PER_CALL}, all of this partition
	 * @return a status for each, see {@code enqueue.lua}
	 */
	String enqueue(List<NewTask> tasks) {
		return enqueueCall(tasks, null).execute();
	}

	/**
	 * Makes a call that adds tasks.
	 * @param tasks at most {@value NewTask#MAX_TASKS_PER_CALL}, all of this partition
	 * @param after the call that comes before, if their order matters
	 * @return the call, which was not sent yet
	 */
	EnqueueCall enqueueCall(List<NewTask> tasks, @Nullable EnqueueCall after) {
		this.queue.ledger().producing();
		Sender durable = this.access.client().durableSender(this.queue.name(), tag());
		Sender sender = (durable != null) ? durable : Sender.through(this.access.client().template());
		return new EnqueueCall(this.access, sender, tasks, after);
	}

	/**
	 * Settles tasks by hand.
	 * @param settlements all of one verb
	 * @param outcome is told what came of it
	 */
	void settle(List<Settlement> settlements, HandOutcome outcome) {
		this.handSettlement.settle(settlements, outcome);
	}

	Instant extend(LeasedTask task, Duration by) {
		List<Object> reply = extend(List.of(task), by);
		if (Settlement.Result.of(Reply.text(reply, 0).charAt(0)) == Settlement.Result.LOST) {
			this.access.log().count(Event.LEASE_LOST, 1);
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
			String statuses = Reply.text(extend(part, this.access.settings().leaseDuration()), 0);
			for (int i = 0; i < part.size(); i++) {
				if (Settlement.Result.of(statuses.charAt(i)) == Settlement.Result.LOST) {
					lost.add(part.get(i));
				}
			}
		}
		return lost;
	}

	RedisQueue.SweepAndStats sweepAndCount() {
		List<Object> reply = this.access.execute(Scripts.SWEEP, new Arguments());
		SweepResult swept = new SweepResult(Reply.integer(reply, 0), Reply.integer(reply, 1));
		this.access.log().count(Event.SWEPT, (long) swept.promoted() + swept.reclaimed());
		this.access.log().reclaimed(swept.reclaimed());
		this.access.log().unreadable(Reply.number(reply, 2));
		this.access.log().orphans(Reply.number(reply, 3));
		this.access.log().limitIsNone(Reply.number(reply, 15) == 1);
		this.queue.ledger().answered(tag(), Reply.number(reply, 14) == 1, false);
		return new RedisQueue.SweepAndStats(swept, Reply.stats(reply, 4));
	}

	QueueStats stats() {
		List<Object> reply = this.access.execute(Scripts.STATS, new Arguments());
		this.queue.ledger().answered(tag(), Reply.number(reply, 10) == 1, false);
		return Reply.stats(reply, 0);
	}

	Optional<TaskInfo> task(String id) {
		List<Object> reply = this.access.execute(Scripts.TASK, new Arguments().add(id));
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

	/**
	 * Sets a run-time setting.
	 * @param field the field of {@code config}
	 * @param value its value, empty to remove it
	 * @return whether the queue has partitions, which have to be told
	 */
	boolean configure(String field, String value) {
		return Reply.text(this.access.execute(Scripts.CONFIGURE, new Arguments().add(field).add(value)))
			.equals("SHARED");
	}

	private List<Object> extend(List<LeasedTask> tasks, Duration by) {
		Checks.checkBetween(Checks.notNull(by, "by"), Duration.ofMillis(1), Checks.FOREVER,
				"The time to extend a lease by");
		tasks.forEach(this.access::checkOwn);
		Arguments arguments = new Arguments().addMillis(by);
		tasks.forEach((task) -> arguments.add(task.lease().reference()).add(task.lease().token()));
		return this.access.execute(Scripts.EXTEND, arguments);
	}

	@Override
	public String toString() {
		return tag();
	}

}
