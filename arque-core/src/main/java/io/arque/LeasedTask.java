package io.arque;

import java.util.Map;

/**
 * A task as a worker gets it: leased to this worker until a deadline.
 *
 * @param queue the queue's name
 * @param id the task's id
 * @param lease the claim on the task, checked by every change to it
 * @param delivery attempt, crashes, times and limits
 * @param headers the task's headers
 * @param payload the task's payload
 * @since 0.1.0
 */
public record LeasedTask(String queue, String id, Lease lease, Delivery delivery, Map<String, String> headers,
		Payload payload) {

	/**
	 * Returns which delivery of the task this is, counted from 1.
	 * @return the attempt
	 */
	public int attempt() {
		return this.delivery.attempt();
	}

	@Override
	public String toString() {
		return "task " + this.id + " of queue " + this.queue + ", attempt " + attempt();
	}

}
