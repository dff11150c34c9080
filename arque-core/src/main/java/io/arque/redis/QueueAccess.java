package io.arque.redis;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.arque.Delivery;
import io.arque.Lease;
import io.arque.LeasedTask;
import io.arque.Payload;
import io.arque.PayloadConverter;
import io.arque.QueueSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.core.script.RedisScript;

/**
 * {@code QueueAccess} is what everything that talks to one partition of a queue shares:
 * its keys and settings, and the making of calls.
 *
 * @param name the queue's name
 * @param keys the partition's keys
 * @param settings the queue's settings in this application
 * @param client the application's client
 * @param log counts and logs what scripts report
 */
record QueueAccess(String name, QueueKeys keys, QueueSettings settings, ArqueClient client, QueueLog log) {

	/**
	 * Makes a call of this lane.
	 * @param <T> what the script returns
	 * @param script the script
	 * @param lane the lane, which nobody else may use meanwhile
	 * @param arguments what follows call number, channel prefix and queue
	 * @return the call
	 */
	<T> Call<T> call(RedisScript<T> script, Lane lane, Arguments arguments) {
		return call(Sender.through(this.client.template()), script, lane, arguments, null);
	}

	/**
	 * Makes a call as {@link #call(RedisScript, Lane, Arguments)} does, by another way.
	 * @param <T> what the script returns
	 * @param sender the way
	 * @param script the script
	 * @param lane the lane, which nobody else may use meanwhile
	 * @param arguments what follows call number, channel prefix and queue
	 * @param other a lane that the script only reads, if any
	 * @return the call
	 */
	<T> Call<T> call(Sender sender, RedisScript<T> script, Lane lane, Arguments arguments, @Nullable Lane other) {
		Arguments all = new Arguments().add(lane.next())
			.add(this.client.channelPrefix())
			.add(this.keys.tag())
			.addAll(arguments);
		List<byte[]> names = (other != null) ? this.keys.with(lane.name(), other.name()) : this.keys.with(lane.name());
		return new Call<>(sender, script, names, all, this.client.maxRetries());
	}

	/**
	 * Makes a call of a borrowed lane and executes it. The lane of a call without an
	 * answer is not used again.
	 * @param <T> what the script returns
	 * @param script the script
	 * @param arguments what follows call number, channel prefix and queue
	 * @return what the script returned
	 */
	<T> T execute(RedisScript<T> script, Arguments arguments) {
		Lane lane = this.client.instance().borrowLane();
		T reply = call(script, lane, arguments).execute();
		this.client.instance().giveBack(lane);
		return reply;
	}

	/**
	 * Returns the arguments that tell a queue's policy: attempts, crashes and the bounds
	 * of failed, of which each partition has its part.
	 * @return five arguments
	 */
	Arguments policy() {
		return new Arguments().add(this.settings.retry().maxAttempts())
			.add(this.settings.retry().maxCrashes())
			.add(part(this.settings.deadLetter().maxSize()))
			.add(part(this.settings.deadLetter().maxBytes()))
			.addMillis(this.settings.deadLetter().retention());
	}

	private long part(long whole) {
		long rest = (whole % this.settings.partitions() == 0) ? 0 : 1;
		return whole / this.settings.partitions() + rest;
	}

	/**
	 * Returns the ledger of the queue, which all its partitions share.
	 * @return the ledger
	 */
	Ledger ledger() {
		return this.client.queue(this.name).ledger();
	}

	/**
	 * Refuses a task of another queue, whose lease would seem lost here.
	 * @param task the task
	 * @throws IllegalArgumentException if it is of another queue
	 */
	void checkOwn(LeasedTask task) {
		if (!task.queue().equals(this.name)) {
			throw new IllegalArgumentException(
					"Task " + task.id() + " is of queue '" + task.queue() + "', not of '" + this.name + "'");
		}
	}

	LeasedTask leasedTask(String reference, String token, byte[] body, StateRecord record) {
		TaskBody read = TaskBody.read(body);
		String id = (read.id() != null) ? read.id() : reference;
		// not from the time of the answer: that may be to a repeated call
		Instant deadline = Instant.ofEpochMilli(record.dequeuedAtMillis()).plus(this.settings.leaseDuration());
		return new LeasedTask(this.name, id, new Lease(reference, token, deadline, this.keys.tag()),
				record.delivery(read), read.headers(), payload(read.payload()));
	}

	/**
	 * Stands for a task whose body cannot be read, so that it can be rejected with all
	 * its bytes.
	 * @param reference the task's reference
	 * @param token the lease's token
	 * @param body the unreadable bytes
	 * @param deadline the lease's deadline
	 * @return the task
	 */
	LeasedTask damagedTask(String reference, String token, byte[] body, Instant deadline) {
		return new LeasedTask(this.name, reference, new Lease(reference, token, deadline, this.keys.tag()),
				new Delivery(1, 0, Instant.EPOCH, null, null, null), Map.of(), payload(body));
	}

	Payload payload(byte[] bytes) {
		PayloadConverter converter = this.client.converter();
		return new Payload(bytes, converter);
	}

	static List<Settlement.Result> results(String statuses) {
		return statuses.chars().mapToObj((status) -> Settlement.Result.of((char) status)).toList();
	}

}
