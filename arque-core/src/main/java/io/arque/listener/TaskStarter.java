package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

import io.arque.LeasedTask;
import io.arque.redis.Fetched;
import io.arque.redis.Settlement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code TaskStarter} gives the tasks that a call has brought to the handlers' threads,
 * or back to Redis if the listener stops. Safe for use by many threads.
 */
final class TaskStarter {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	/** A task that no thread could be had for comes again after this. */
	private static final Duration NO_THREAD_PAUSE = Duration.ofSeconds(1);

	private final ArqueListenerEndpoint endpoint;

	private final AckMode ackMode;

	private final Handlers handlers;

	private final Pace pace;

	private volatile boolean stopping;

	TaskStarter(ArqueListenerEndpoint endpoint, AckMode ackMode, Handlers handlers, Pace pace) {
		this.endpoint = endpoint;
		this.ackMode = ackMode;
		this.handlers = handlers;
		this.pace = pace;
	}

	/** No more tasks are started. */
	void stop() {
		this.stopping = true;
	}

	/**
	 * Whether no more tasks are started.
	 * @return whether this was stopped
	 */
	boolean isStopping() {
		return this.stopping;
	}

	/**
	 * Takes what a call has brought.
	 * @param source where it comes from
	 * @param fetched what it is
	 */
	void start(QueueSource source, Fetched fetched) {
		List<LeasedTask> leased = fetched.tasks();
		if (this.stopping) {
			fetched.damaged().forEach(source::settle);
			giveBack(source, leased, 0);
			return;
		}
		List<RunningTask> tasks = List.of();
		Refusals refusals = null;
		try {
			refusals = new Refusals();
			fetched.damaged().forEach(source::settle);
			tasks = new ArrayList<>(leased.size());
			for (LeasedTask task : leased) {
				RunningTask running = new RunningTask(task, source, this.endpoint.handler(), this.ackMode,
						fetched.leasedNanos(task));
				source.starts(running);
				tasks.add(running);
			}
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			if (refusals == null) {
				giveBack(source, leased, 0);
				throw ex;
			}
			refuse(source, tasks, leased, refusals, ex);
			return;
		}
		this.pace.fetched(tasks.size());
		this.handlers.execute(tasks, refusals);
		refusals.tell(source);
	}

	/** Goes by index: an iterator, or a part of a list, takes memory. */
	private void refuse(QueueSource source, List<RunningTask> tasks, List<LeasedTask> leased, Refusals refusals,
			Throwable ex) {
		this.pace.fetched(tasks.size());
		try {
			for (int i = 0; i < tasks.size(); i++) {
				refusals.accept(tasks.get(i), ex);
			}
		}
		finally {
			giveBack(source, leased, tasks.size());
		}
		refusals.add(leased.size() - tasks.size(), ex);
		refusals.tell(source);
	}

	/** What cannot be handed back for want of memory, is left to its lease. */
	private static void giveBack(QueueSource source, List<LeasedTask> tasks, int from) {
		try {
			for (int i = from; i < tasks.size(); i++) {
				source.settle(Settlement.handBack(tasks.get(i), Duration.ZERO));
			}
		}
		finally {
			source.permits().giveBack(tasks.size() - from);
		}
	}

	/**
	 * Tasks of a call that there is no memory or no thread for.
	 */
	private final class Refusals implements BiConsumer<RunningTask, Throwable> {

		private int count;

		private @Nullable Throwable reason;

		@Override
		public void accept(RunningTask task, Throwable ex) {
			add(1, ex);
			try {
				task.refuse(NO_THREAD_PAUSE);
			}
			catch (RuntimeException | Error worse) { // it is left to its lease
				this.reason = worse;
			}
		}

		void add(int tasks, Throwable ex) {
			this.count += tasks;
			this.reason = ex;
		}

		void tell(QueueSource source) {
			if (this.count > 0) {
				logger.warn("Listener {}: {} tasks of queue {} could not be started, they are handed back",
						TaskStarter.this.endpoint.id(), this.count, source.partition(), this.reason);
			}
		}

	}

}
