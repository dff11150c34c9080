package io.arque;

import java.util.List;

/**
 * A call of {@code enqueueAll} failed part of the way. Tasks behind those in
 * {@link #uncertain()} were not sent.
 *
 * @since 0.1.0
 */
public class EnqueueAllException extends ArqueException {

	private final transient List<String> enqueued;

	private final transient List<String> uncertain;

	/**
	 * Creates the exception.
	 * @param queue the queue's name
	 * @param enqueued the ids of the tasks that are known to be in
	 * @param uncertain the ids of the tasks that were sent and may or may not be in
	 * @param cause why the call failed
	 */
	public EnqueueAllException(String queue, List<String> enqueued, List<String> uncertain, Throwable cause) {
		super("Of the tasks for queue " + queue + " " + enqueued.size() + " are in, " + uncertain.size()
				+ " more may be, the rest are not: " + cause.getMessage(), cause);
		this.enqueued = List.copyOf(enqueued);
		this.uncertain = List.copyOf(uncertain);
	}

	/**
	 * Returns the ids of the tasks that are known to be in the queue: the first of the
	 * payloads, in their order, unless the queue has partitions or an answer was lost.
	 * @return the ids
	 */
	public List<String> enqueued() {
		return this.enqueued;
	}

	/**
	 * Returns the ids of the tasks that may be in the queue: they were in a call that
	 * failed or got no answer.
	 * @return the ids
	 */
	public List<String> uncertain() {
		return this.uncertain;
	}

}
