package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.arque.LeasedTask;
import io.arque.redis.Fetched;
import io.arque.redis.Settlement;
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
		fetched.damaged().forEach(source::settle);
		if (this.stopping) {
			giveBack(source, fetched.tasks());
			return;
		}
		List<LeasedTask> leased = fetched.tasks();
		List<RunningTask> tasks = new ArrayList<>(leased.size());
		try {
			for (LeasedTask task : leased) {
				RunningTask running = new RunningTask(task, source, this.endpoint.handler(), this.ackMode,
						fetched.leasedNanos(task));
				source.starts(running);
				tasks.add(running);
			}
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			this.pace.fetched(tasks.size());
			tasks.forEach((task) -> refused(task, ex));
			giveBack(source, leased.subList(tasks.size(), leased.size()));
			return;
		}
		this.pace.fetched(tasks.size());
		this.handlers.execute(tasks, this::refused);
	}

	private static void giveBack(QueueSource source, List<LeasedTask> tasks) {
		for (LeasedTask task : tasks) {
			source.settle(Settlement.handBack(task, Duration.ZERO));
		}
		source.permits().giveBack(tasks.size());
	}

	private void refused(RunningTask task, Throwable ex) {
		logger.warn("Listener {}: no thread for task {}, it is handed back", this.endpoint.id(), task.task().id(), ex);
		task.abandon(NO_THREAD_PAUSE);
		task.run(); // ends it, since it is settled
	}

}
