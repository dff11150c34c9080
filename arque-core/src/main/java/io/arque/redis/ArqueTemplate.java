package io.arque.redis;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.arque.ArqueMetrics.Event;
import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.Checks;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.PayloadTooLargeException;

/**
 * {@code ArqueTemplate} enqueues tasks. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class ArqueTemplate implements ArqueOperations {

	private final ArqueClient client;

	private final SharedEnqueues shared;

	private final UncertainEnqueues uncertain = new UncertainEnqueues();

	/**
	 * Creates a template.
	 * @param client the application's client
	 */
	public ArqueTemplate(ArqueClient client) {
		this.client = client;
		this.shared = new SharedEnqueues(client);
	}

	@Override
	public String enqueue(String queue, Object payload) {
		return enqueue(queue, payload, EnqueueOptions.none());
	}

	@Override
	public String enqueue(String queue, Object payload, EnqueueOptions options) {
		NewTask task = this.uncertain.withEarlier(queue, newTask(queue, payload, options));
		char status;
		try {
			status = this.shared.enqueue(queue, task);
		}
		catch (RuntimeException ex) {
			this.uncertain.ended(queue, task, ex);
			throw ex;
		}
		this.uncertain.ended(queue, task, null);
		return settle(queue, task, status);
	}

	@Override
	public CompletableFuture<String> enqueueAsync(String queue, Object payload, EnqueueOptions options) {
		NewTask task = this.uncertain.withEarlier(queue, newTask(queue, payload, options));
		return this.shared.enqueueAsync(queue, task)
			.whenComplete((status, failure) -> this.uncertain.ended(queue, task, failure))
			.thenApply((status) -> settle(queue, task, status));
	}

	@Override
	public List<String> enqueueAll(String queue, Collection<?> payloads) {
		RedisQueue to = this.client.queue(queue);
		BulkEnqueue bulk = new BulkEnqueue(to, this.shared.executor(),
				(tasks) -> this.client.metrics().count(queue, Event.ENQUEUED, tasks));
		return bulk.enqueue(Checks.notNull(payloads, "payloads"),
				(payload) -> newTask(queue, payload, EnqueueOptions.none()));
	}

	@Override
	public ArqueQueue queue(String name) {
		return this.client.queue(name);
	}

	private NewTask newTask(String queue, Object payload, EnqueueOptions options) {
		Checks.notNull(options, "options");
		byte[] bytes = this.client.converter().write(Checks.notNull(payload, "payload"));
		long max = this.client.settings().maxPayloadBytes();
		if (bytes.length > max) {
			throw new PayloadTooLargeException(queue, bytes.length, max);
		}
		String reference = this.client.instance().nextReference();
		return new NewTask(reference, TaskBody.write(reference, options, bytes), options);
	}

	private String settle(String queue, NewTask task, char status) {
		switch (status) {
			case 'A', 'R' -> this.client.metrics().count(queue, Event.ENQUEUED, 1);
			case 'K' -> {
			}
			case 'D' -> throw new DuplicateTaskException(queue, task.id(), "refused, as OnDuplicate.REJECT asks");
			case 'W' -> throw new DuplicateTaskException(queue, task.id(),
					"it is being worked on and cannot be replaced, as OnDuplicate.REPLACE asks");
			default -> throw new IllegalStateException("Unknown status '" + status + "' from Redis");
		}
		return task.id();
	}

}
