package io.arque.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.IntConsumer;

import io.arque.Checks;
import io.arque.EnqueueAllException;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.util.ReflectionUtils;

/**
 * {@code BulkEnqueue} is one {@code enqueueAll}: the caller's thread writes the payloads
 * of the next call while two are under way on other threads. A call adds its tasks only
 * after the one before has, so that they keep their order. What is too little for two
 * calls is sent by the caller itself. A call is for one partition: those of a queue that
 * is spread are filled side by side.
 * <p>
 * The monitor guards what was sent and is in, which a caller is told when it fails. For
 * use by one thread, once.
 */
final class BulkEnqueue {

	private final RedisQueue queue;

	private final Executor executor;

	private final IntConsumer added;

	private final List<String> ids = new ArrayList<>();

	private final Map<QueuePartition, Chain> chains = new LinkedHashMap<>();

	private boolean handedOver;

	/** The tasks that were sent and are not known to be in. */
	private final Set<String> sent = new HashSet<>();

	private final Set<String> in = new HashSet<>();

	private boolean stopped;

	/**
	 * Prepares.
	 * @param queue where to
	 * @param executor runs the calls
	 * @param added is told how many tasks a call has added, before the next one begins
	 */
	BulkEnqueue(RedisQueue queue, Executor executor, IntConsumer added) {
		this.queue = queue;
		this.executor = executor;
		this.added = added;
	}

	/**
	 * Adds a task for each payload.
	 * @param payloads the payloads
	 * @param writing makes the task
	 * @return the ids
	 * @throws EnqueueAllException if a call fails, or a payload cannot be written after
	 * others were sent. Before that, what was thrown for the payload comes as it is
	 */
	List<String> enqueue(Collection<?> payloads, Function<Object, NewTask> writing) {
		try {
			for (Object payload : payloads) {
				add(writing.apply(Checks.notNull(payload, "payload")));
			}
			if (this.handedOver) {
				this.chains.forEach(this::handOver);
				this.chains.values().forEach((chain) -> {
					await(chain.beforeLast);
					await(chain.last);
				});
			}
			else {
				this.chains.forEach((partition, chain) -> sendNow(partition, chain.take()));
			}
			return this.ids;
		}
		catch (RuntimeException | Error ex) {
			throw failed(ex);
		}
	}

	private void add(NewTask task) {
		QueuePartition partition = this.queue.partition(task.id());
		Chain chain = this.chains.computeIfAbsent(partition, (key) -> new Chain());
		if (!chain.hasRoomFor(task)) {
			handOver(partition, chain);
		}
		chain.add(task);
		this.ids.add(task.id());
	}

	/** Two calls are under way, so that Redis always has one to work on. */
	private void handOver(QueuePartition partition, Chain chain) {
		await(chain.beforeLast);
		List<NewTask> tasks = chain.take();
		CompletableFuture<Void> before = chain.last;
		EnqueueCall call = partition.enqueueCall(tasks, chain.lastCall);
		chain.beforeLast = before;
		chain.lastCall = call;
		chain.last = CompletableFuture.runAsync(() -> send(tasks, call, before), this.executor);
		this.handedOver = true;
	}

	private void sendNow(QueuePartition partition, List<NewTask> tasks) {
		send(tasks, partition.enqueueCall(tasks, null), CompletableFuture.completedFuture(null));
	}

	private void send(List<NewTask> tasks, EnqueueCall call, CompletableFuture<Void> before) {
		List<String> own = tasks.stream().map(NewTask::id).toList();
		synchronized (this) {
			if (this.stopped) {
				throw new CancellationException("Given up before it was sent");
			}
			this.sent.addAll(own);
		}
		boolean inTurn = before.isDone();
		try {
			call.execute();
		}
		catch (DataAccessException ex) {
			if (!EnqueueCall.isEarly(ex)) {
				throw ex;
			}
			forget(own); // nothing was changed
			if (inTurn) { // Redis has forgotten the one before, as at a fail-over
				throw ex;
			}
			await(before); // and not for long: it was sent first
			send(tasks, call, CompletableFuture.completedFuture(null));
			return;
		}
		synchronized (this) {
			own.forEach(this.sent::remove);
			this.in.addAll(own);
		}
		this.added.accept(own.size());
	}

	private synchronized void forget(List<String> ids) {
		ids.forEach(this.sent::remove);
	}

	private static void await(CompletableFuture<Void> call) {
		try {
			call.get();
		}
		catch (ExecutionException ex) {
			ReflectionUtils.rethrowRuntimeException(ex.getCause());
			throw new IllegalStateException(ex); // cannot be: the line above throws
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new RedisSystemException("Interrupted while Redis worked", ex);
		}
	}

	private RuntimeException failed(Throwable ex) {
		synchronized (this) {
			this.stopped = true;
		}
		if (!Thread.currentThread().isInterrupted()) {
			// they tell what became of them
			this.chains.values().forEach(Chain::awaitEnd);
		}
		synchronized (this) {
			if (!this.sent.isEmpty() || !this.in.isEmpty()) {
				List<String> enqueued = this.ids.stream().filter(this.in::contains).toList();
				List<String> uncertain = this.ids.stream().filter(this.sent::contains).toList();
				return new EnqueueAllException(this.queue.name(), enqueued, uncertain, ex);
			}
		}
		ReflectionUtils.rethrowRuntimeException(ex);
		throw new IllegalStateException(ex); // cannot be: the line above throws
	}

	/**
	 * The calls to one partition, and the tasks that go into the next.
	 */
	private static final class Chain {

		private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

		private CompletableFuture<Void> beforeLast = this.last;

		private @Nullable EnqueueCall lastCall;

		private List<NewTask> tasks = new ArrayList<>();

		private long bytes;

		boolean hasRoomFor(NewTask task) {
			return this.tasks.isEmpty() || (this.tasks.size() < NewTask.MAX_TASKS_PER_CALL
					&& this.bytes + task.body().length <= NewTask.MAX_BYTES_PER_CALL);
		}

		void add(NewTask task) {
			this.tasks.add(task);
			this.bytes += task.body().length;
		}

		List<NewTask> take() {
			List<NewTask> taken = this.tasks;
			this.tasks = new ArrayList<>(NewTask.MAX_TASKS_PER_CALL);
			this.bytes = 0;
			return taken;
		}

		void awaitEnd() {
			this.beforeLast.exceptionally((ex) -> null).join();
			this.last.exceptionally((ex) -> null).join();
		}

	}

}
