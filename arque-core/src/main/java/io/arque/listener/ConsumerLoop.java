package io.arque.listener;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.arque.redis.ArqueClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code ConsumerLoop} is the one thread of a container: it fetches as many tasks as it
 * has permits, hands them to the executor, and tells Redis what has finished with the
 * next fetch. While a call is under way more handlers finish, so that the busier it is,
 * the more goes into one call.
 * <p>
 * Nothing that happens ends the loop but {@link #stop}. It sleeps until something
 * happens: a handler ends, the queue is said to have work, something is due, or it is
 * asked to look.
 */
final class ConsumerLoop implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	/** What cannot be told, such as for want of memory, is tried again after this. */
	private static final Duration RECOVERY = Duration.ofMillis(100);

	/** What is told to Redis after {@code shutdown-timeout} gets this long to arrive. */
	private static final Duration FLUSH_TIME = Duration.ofSeconds(2);

	private final String id;

	private final QueueSources sources;

	private final TaskStarter starter;

	private final Rounds rounds;

	private final Permits permits;

	private final Pace pace;

	private final Semaphore signal = new Semaphore(0);

	private volatile long deadlineNanos;

	private final Guard guard;

	private volatile boolean ended;

	ConsumerLoop(ArqueListenerEndpoint endpoint, ContainerSettings settings, ArqueClient client, Handlers handlers) {
		this.id = endpoint.id();
		this.guard = new Guard(logger, "Listener " + this.id);
		this.permits = new Permits(settings.concurrency(), this::finished);
		this.pace = new Pace(this.permits, endpoint.queues().size());
		this.starter = new TaskStarter(endpoint, settings.ackMode(), handlers, this.pace);
		this.sources = new QueueSources(client, endpoint.queues(), this);
		this.rounds = new Rounds(this.id, this.sources, this.starter, this.permits, this.pace);
	}

	QueueSources sources() {
		return this.sources;
	}

	/**
	 * Something has happened that the loop should see. Called from any thread.
	 */
	void signal() {
		if (this.signal.availablePermits() == 0) {
			this.signal.release();
		}
	}

	/**
	 * A task was settled, or has ended. Called from any thread.
	 */
	void finished() {
		if (this.pace.restNanos() == 0 || isStopping()) {
			signal();
		}
	}

	/**
	 * A thread has begun with a task. Called from any thread.
	 */
	void begun() {
		if (this.pace.begun()) {
			signal();
		}
	}

	/**
	 * Whether a call beside the loop's own pays. Called from any thread.
	 * @return whether it does
	 */
	boolean needsAssistance() {
		return !isStopping() && this.pace.needsAssistance();
	}

	Permits permits() {
		return this.permits;
	}

	/**
	 * Whether the listener stops. Called from any thread.
	 * @return whether it does
	 */
	boolean isStopping() {
		return this.starter.isStopping();
	}

	/**
	 * Whether nothing makes calls any more: what a call without an answer did is not to
	 * be found out.
	 * @return whether the loop has ended
	 */
	boolean hasEnded() {
		return this.ended;
	}

	/**
	 * Ends the loop: no more fetches; running handlers go on until the deadline; what is
	 * left then is handed back.
	 * @param timeout how long handlers may go on
	 */
	void stop(Duration timeout) {
		this.deadlineNanos = System.nanoTime() + timeout.toNanos();
		this.starter.stop();
		signal();
	}

	@Override
	public void run() {
		try {
			while (!isStopping()) {
				guarded(this::goOn);
			}
			finish();
		}
		catch (InterruptedException ex) {
			logger.warn("Listener {}: interrupted while stopping; leases that it still holds will expire", this.id);
			Thread.currentThread().interrupt();
		}
		finally {
			this.ended = true;
		}
	}

	/** Nothing ends the loop, such as that there is no memory to tell an exception. */
	private void guarded(Step step) throws InterruptedException {
		try {
			step.take();
			this.guard.passed();
		}
		catch (RuntimeException | Error ex) {
			this.guard.failed(ex);
			TimeUnit.NANOSECONDS.sleep(RECOVERY.toNanos());
		}
	}

	private void goOn() throws InterruptedException {
		long rest = this.pace.restNanos();
		if (rest > 0) {
			await(rest);
		}
		else if (!this.rounds.make()) {
			await(Long.MAX_VALUE);
		}
	}

	/** Takes the answer to a call beside the loop's. Called from any thread. */
	void accept(QueueSource source, QueueCaller.Answer answer) {
		this.rounds.accept(source, answer);
	}

	/**
	 * Waits until something happens, but no longer than until something is due. Only here
	 * signals are taken: whatever they tell of, also of a stop, is looked at afterwards.
	 */
	private void await(long atMostNanos) throws InterruptedException {
		long now = System.nanoTime();
		long rest = this.pace.restNanos();
		long idle = (rest > 0) ? Math.min(rest, atMostNanos) : atMostNanos;
		for (QueueSource source : this.sources.all()) {
			idle = Math.min(idle, source.idleNanos(now));
		}
		if (idle > 0 && this.signal.tryAcquire(idle, TimeUnit.NANOSECONDS)) {
			this.signal.drainPermits();
		}
	}

	private void finish() throws InterruptedException {
		this.sources.all().forEach((source) -> source.look(false));
		guarded(this.rounds::make); // leaves the waiters and passes their wake-up on
		while (System.nanoTime() - this.deadlineNanos < 0 && isWorking()) {
			guarded(this::flush);
		}
		abandonAll();
		this.deadlineNanos = System.nanoTime() + FLUSH_TIME.toNanos();
		try {
			boolean isLate = false; // not before it was tried once
			while (!isLate && !isFlushed()) {
				guarded(this::flush);
				abandonAll(); // what a call beside the loop's has brought meanwhile
				isLate = System.nanoTime() - this.deadlineNanos >= 0;
			}
		}
		finally { // a handler that closes the context closes Redis's connection then
			this.sources.all().forEach((source) -> source.tasks().forEach(RunningTask::interruptAtStop));
		}
		if (!isFlushed()) {
			logger.warn("Listener {}: Redis does not answer; what it was not told, and tasks that it may hold for this"
					+ " instance, runs again when the leases expire", this.id);
		}
	}

	private void abandonAll() {
		int abandoned = 0;
		for (QueueSource source : this.sources.all()) {
			for (RunningTask task : source.tasks()) {
				abandoned += task.abandon(Duration.ZERO) ? 1 : 0;
			}
		}
		if (abandoned > 0) {
			logger.warn("Listener {}: {} tasks still ran at the end of shutdown-timeout and are handed back", this.id,
					abandoned);
		}
	}

	private void flush() throws InterruptedException {
		this.sources.all().forEach(QueueSource::hurry);
		if (!this.rounds.make()) {
			await(this.deadlineNanos - System.nanoTime());
		}
	}

	private boolean isWorking() {
		return this.sources.all()
			.stream()
			.anyMatch((source) -> source.assistant().isAtWork() || !source.tasks().isEmpty());
	}

	private boolean isFlushed() {
		return this.sources.all().stream().allMatch((source) -> source.isFlushed());
	}

	/**
	 * Something that the loop does again and again.
	 */
	@FunctionalInterface
	private interface Step {

		void take() throws InterruptedException;

	}

}
