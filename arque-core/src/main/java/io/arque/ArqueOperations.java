package io.arque;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Adds tasks to queues and gives access to a queue by name. Implementations are safe for
 * use by many threads. An application depends on this interface and can replace it in its
 * tests.
 * <p>
 * Every method that writes does so at once, also inside a transaction, and throws
 * Spring's {@link org.springframework.dao.DataAccessException} when Redis cannot be
 * reached. After a time-out it is not known whether the task is in the queue: an own
 * {@link EnqueueOptions#id() id} makes it safe to call again with the same arguments, as
 * long as the first task is not done meanwhile.
 *
 * @since 0.1.0
 */
public interface ArqueOperations {

	/**
	 * Adds a task that is due at once.
	 * @param queue the queue's name, matching {@code [A-Za-z0-9._-]{1,128}}
	 * @param payload what the listener gets: {@code byte[]} and {@code String} as they
	 * are, anything else as JSON
	 * @return the task's id
	 * @throws PayloadTooLargeException if the payload is larger than
	 * {@code arque.max-payload-size}
	 * @throws PayloadConversionException if the payload cannot be written
	 */
	String enqueue(String queue, Object payload);

	/**
	 * Adds a task with options.
	 * @param queue the queue's name
	 * @param payload what the listener gets
	 * @param options id, delay, limits and headers of the task
	 * @return the task's id; with {@link OnDuplicate#KEEP} that of the task that was
	 * there first
	 * @throws IllegalArgumentException if the queue's name breaks the rule
	 * @throws PayloadTooLargeException if the payload is larger than
	 * {@code arque.max-payload-size}
	 * @throws PayloadConversionException if the payload cannot be written
	 * @throws UnsupportedRedisVersionException if the server is too old
	 * @throws UncertainEnqueueException if {@code arque.durability.*} asks for replicas
	 * that did not answer in time
	 * @throws ArqueException if 100,000 tasks for this queue wait already to go into
	 * shared calls
	 * @throws DuplicateTaskException if a living task has this id and the options ask to
	 * refuse, or if they ask to replace it while it is being worked on
	 */
	String enqueue(String queue, Object payload, EnqueueOptions options);

	/**
	 * Adds many tasks that are due at once, in their order, in as few calls as their size
	 * allows. Tasks of one call to Redis are added together or not at all.
	 * @param queue the queue's name
	 * @param payloads what the listener gets, one task each
	 * @return the ids, in the order of the payloads
	 * @throws EnqueueAllException if a call fails, or a payload cannot be written after
	 * the first call; it tells which tasks are in the queue
	 */
	List<String> enqueueAll(String queue, Collection<?> payloads);

	/**
	 * Adds a task without waiting for Redis. Calls that come while another one is under
	 * way share the next one.
	 * @param queue the queue's name
	 * @param payload what the listener gets
	 * @param options id, delay, limits and headers of the task
	 * @return completes with the task's id, or with the exception that
	 * {@link #enqueue(String, Object, EnqueueOptions)} would throw. What waits for that
	 * then runs on one of at least 16 threads that Arque has for it; some 256 more may
	 * wait there for another result, before that throws a
	 * {@link java.util.concurrent.RejectedExecutionException}. What is wrong with the
	 * arguments is thrown at once
	 */
	CompletableFuture<String> enqueueAsync(String queue, Object payload, EnqueueOptions options);

	/**
	 * Returns the queue of this name. Nothing is created in Redis.
	 * @param name the queue's name
	 * @return the queue, the same for the same name
	 * @throws IllegalArgumentException if the name breaks the rule
	 */
	ArqueQueue queue(String name);

}
