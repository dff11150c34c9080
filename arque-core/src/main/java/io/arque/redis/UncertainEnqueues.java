package io.arque.redis;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.EnqueueOptions;
import io.arque.OnDuplicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code UncertainEnqueues} remembers tasks that are perhaps in their queue, since the
 * call that added them got no answer. A caller that enqueues such a task again must not
 * be refused because of itself. Only for tasks with an id of their own that are refused
 * as duplicates: all others can be told apart by nobody, or need not be. Safe for use by
 * many threads.
 */
final class UncertainEnqueues {

	private static final long KEPT_NANOS = Duration.ofMinutes(15).toNanos();

	/** More are not remembered: so many fail only when all do. */
	private static final int MAX = 10_000;

	private final Map<Key, Uncertain> tasks = new ConcurrentHashMap<>();

	/**
	 * Lets a task know of the earlier call for it, if that got no answer.
	 * @param queue the queue's name
	 * @param task the task
	 * @return the task, with the reference of the earlier call if there was one
	 */
	NewTask withEarlier(String queue, NewTask task) {
		Uncertain earlier = this.tasks.isEmpty() ? null : this.tasks.get(new Key(queue, task.id()));
		if (earlier == null || earlier.isTooOld() || !earlier.options.equals(task.options())
				|| !Arrays.equals(earlier.digest, digest(task))) {
			return task;
		}
		return task.withEarlier(earlier.reference);
	}

	/**
	 * Notes how a call has ended.
	 * @param queue the queue's name
	 * @param task the task that it should add
	 * @param failure what was thrown, none if Redis has answered
	 */
	void ended(String queue, NewTask task, @Nullable Throwable failure) {
		if (task.options().id() == null || task.options().onDuplicate() != OnDuplicate.REJECT) {
			return;
		}
		Key key = new Key(queue, task.id());
		if (failure == null) {
			this.tasks.remove(key);
			return;
		}
		if (this.tasks.size() >= MAX) {
			this.tasks.values().removeIf(Uncertain::isTooOld);
		}
		if (this.tasks.size() < MAX) {
			String first = (task.earlier() != null) ? task.earlier() : task.reference();
			this.tasks.put(key, new Uncertain(first, digest(task), task.options(), System.nanoTime()));
		}
	}

	/** Of all but the last byte, which differs between two calls. */
	private static byte[] digest(NewTask task) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			digest.update(task.body(), 0, task.body().length - 1);
			return digest.digest();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java platform has SHA-256", ex);
		}
	}

	private record Key(String queue, String id) {
	}

	private record Uncertain(String reference, byte[] digest, EnqueueOptions options, long sinceNanos) {

		boolean isTooOld() {
			return System.nanoTime() - this.sinceNanos > KEPT_NANOS;
		}

	}

}
