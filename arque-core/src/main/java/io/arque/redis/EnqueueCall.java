package io.arque.redis;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;

/**
 * {@code EnqueueCall} is one call of {@code enqueue.lua}, made before it is sent. One
 * that comes after another adds its tasks only when the other has added its own, so that
 * both can be under way and the tasks keep their order.
 */
final class EnqueueCall {

	private final Instance instance;

	private final Lane lane;

	private final long number;

	private final Call<byte[]> call;

	/**
	 * Makes the call.
	 * @param queue where to
	 * @param sender the way
	 * @param tasks what to add
	 * @param after the call that comes before, if their order matters
	 */
	EnqueueCall(QueueAccess queue, Sender sender, List<NewTask> tasks, @Nullable EnqueueCall after) {
		Arguments arguments = new Arguments();
		tasks.forEach((task) -> task.addTo(arguments));
		if (after != null) {
			arguments.add(after.number);
		}
		this.instance = queue.client().instance();
		this.lane = this.instance.borrowLane();
		this.number = this.lane.upcoming();
		this.call = queue.call(sender, Scripts.ENQUEUE, this.lane, arguments, (after != null) ? after.lane : null);
	}

	/**
	 * Sends the call and waits for the answer, once; again only after {@link #isEarly}.
	 * @return a status for each task, see {@code enqueue.lua}
	 * @throws DataAccessException if Redis cannot be reached, does not answer, or refuses
	 */
	String execute() {
		String statuses = Reply.text(this.call.execute());
		this.instance.giveBack(this.lane);
		return statuses;
	}

	/**
	 * Whether Redis refused a call because it came before the one that it comes after:
	 * then it has changed nothing, and is to be sent again when the other was answered.
	 * @param ex what was thrown
	 * @return whether it did
	 */
	static boolean isEarly(DataAccessException ex) {
		return Call.message(ex).contains("ARQUEEARLY");
	}

}
