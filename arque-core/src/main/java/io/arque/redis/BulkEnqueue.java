package io.arque.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

import io.arque.Checks;
import io.arque.EnqueueAllException;

import org.springframework.data.redis.RedisSystemException;
import org.springframework.util.ReflectionUtils;

/**
 * {@code BulkEnqueue} is one {@code enqueueAll}: the caller's thread writes the payloads
 * of the next call while the last one is under way on another thread. Calls follow each
 * other, so that the tasks keep their order, and each begins when the one before has
 * succeeded. What is too little for two calls is sent by the caller itself. A call is for
 * one partition: those of a queue that is spread are filled side by side.
 * <p>
 * The monitor guards how much was sent and is in, which a caller is told when it fails.
 * For use by one thread, once.
 */
final class BulkEnqueue {

	private final RedisQueue queue;

	private final Executor executor;

	private final IntConsumer added;

	private final List<String> ids = new ArrayList<>();

	/** What goes into the next call to each partition. */
	private final Map<QueuePartition, NextCall> next = new LinkedHashMap<>();

	/** The call that was handed over last, and the one before it. */
	private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

	private CompletableFuture<Void> beforeLast = this.last;

	private boolean handedOver;

	/** The tasks that were sent, and how many of them are known to be in. */
	private final List<String> sent = new ArrayList<>();

	private int in;

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
				this.next.forEach(this::handOver);
				await(this.last);
			}
			else {
				this.next.forEach((partition, own) -> sendNow(partition, own.take()));
			}
			return this.ids;
		}
		catch (RuntimeException | Error ex) {
			throw failed(ex);
		}
	}

	private void add(NewTask task) {
		QueuePartition partition = this.queue.partition(task.id());
		NextCall own = this.next.computeIfAbsent(partition, (key) -> new NextCall());
		if (!own.hasRoomFor(task)) {
			handOver(partition, own);
		}
		own.add(task);
		this.ids.add(task.id());
	}

	/** While one call is under way another one waits, so that Redis never does. */
	private void handOver(QueuePartition partition, NextCall own) {
		await(this.beforeLast);
		List<NewTask> tasks = own.take();
		Supplier<String> call = partition.enqueueCall(tasks);
		this.beforeLast = this.last;
		this.last = this.last.thenRunAsync(() -> send(tasks, call), this.executor);
		this.handedOver = true;
	}

	private void sendNow(QueuePartition partition, List<NewTask> tasks) {
		send(tasks, partition.enqueueCall(tasks));
	}

	private void send(List<NewTask> tasks, Supplier<String> call) {
		synchronized (this) {
			if (this.stopped) {
				throw new CancellationException("Given up before it was sent");
			}
			tasks.forEach((task) -> this.sent.add(task.id()));
		}
		int count = call.get().length();
		synchronized (this) {
			this.in += count;
		}
		this.added.accept(count);
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
			this.last.exceptionally((other) -> null).join(); // tells what became of it
		}
		synchronized (this) {
			if (!this.sent.isEmpty()) {
				return new EnqueueAllException(this.queue.name(), this.sent.subList(0, this.in),
						this.sent.subList(this.in, this.sent.size()), ex);
			}
		}
		ReflectionUtils.rethrowRuntimeException(ex);
		throw new IllegalStateException(ex); // cannot be: the line above throws
	}

	/**
	 * The tasks that go into a partition's next call.
	 */
	private static final class NextCall {

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

	}

}
