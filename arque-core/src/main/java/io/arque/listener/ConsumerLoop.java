package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.arque.LeasedTask;
import io.arque.redis.ArqueClient;
import io.arque.redis.Fetch;
import io.arque.redis.Fetch.Join;
import io.arque.redis.Fetched;
import io.arque.redis.Settlement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code ConsumerLoop} is the one thread of a container: it fetches as many tasks as it
 * has permits, hands them to the executor, and tells Redis what has finished with the
 * next fetch. While a call is under way more handlers finish, so that the busier it is,
 * the more goes into one call.
 * <p>
 * Nothing that happens ends the loop but {@link #stop}. It sleeps until something
 * happens: a handler ends, the queue is said to have work, a time comes at which
 * something is due, or it is asked to look.
 */
final class ConsumerLoop implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	/** What is told to Redis after {@code shutdown-timeout} gets this long to arrive. */
	private static final Duration FLUSH_TIME = Duration.ofSeconds(2);

	/** So large a part of the concurrency is many. */
	private static final double MANY = 0.25;

	/**
	 * While many tasks wait for a thread, so long may what has finished wait to be told.
	 */
	private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

	/** A task that no thread could be had for comes again after this. */
	private static final Duration NO_THREAD_PAUSE = Duration.ofSeconds(1);

	private final String id;

	private final ArqueListenerEndpoint endpoint;

	private final ContainerSettings settings;

	private final QueueSources sources;

	private final Handlers handlers;

	private final Permits permits;

	/** Tasks that were fetched and wait for a thread. */
	private final AtomicInteger waiting = new AtomicInteger();

	/** So many are many, for one call to bring or to ask for. */
	private final int many;

	private volatile boolean calling;

	private long lastCallNanos = System.nanoTime();

	private final Semaphore signal = new Semaphore(0);

	private volatile boolean stopping;

	private volatile long deadlineNanos;

	/** Which queue comes first in the next pass. */
	private int next;

	private final Outages outages;

	private volatile boolean ended;

	ConsumerLoop(ArqueListenerEndpoint endpoint, ContainerSettings settings, ArqueClient client, Handlers handlers) {
		this.id = endpoint.id();
		this.outages = new Outages(this.id);
		this.endpoint = endpoint;
		this.settings = settings;
		this.handlers = handlers;
		this.permits = new Permits(settings.concurrency(), this::finished);
		this.many = (int) Math.ceil(settings.concurrency() * MANY);
		this.sources = new QueueSources(client, endpoint.queues(), this);
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
		if (!isBusy()) {
			signal();
		}
	}

	/**
	 * A thread has begun with a task. Called from any thread.
	 */
	void begun() {
		if (this.waiting.decrementAndGet() == this.many) {
			signal();
		}
	}

	/**
	 * Whether so many tasks wait for a thread that no call need be made for more: then
	 * the next can wait, and tell and bring the more.
	 */
	private boolean isBusy() {
		return this.waiting.get() > this.many && this.permits.free() < this.many && !this.stopping;
	}

	/**
	 * Whether a call beside the loop's own would bring many tasks. Called from any
	 * thread.
	 * @return whether it would
	 */
	boolean needsAssistance() {
		return this.calling && this.permits.free() >= this.many && !this.stopping;
	}

	Permits permits() {
		return this.permits;
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
		this.stopping = true;
		signal();
	}

	@Override
	public void run() {
		try {
			while (!this.stopping) {
				this.signal.drainPermits();
				if (isBusy() && System.nanoTime() - this.lastCallNanos < PATIENCE_NANOS || !pass()) {
					await(Long.MAX_VALUE);
				}
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

	/**
	 * Gives each queue a turn that is due for one, beginning behind the one that last got
	 * tasks.
	 * @return whether any was due
	 */
	private boolean pass() {
		boolean turned = false;
		this.sources.grow();
		int first = this.next;
		int due = due();
		for (int i = 0; i < this.sources.all().size(); i++) {
			int index = (first + i) % this.sources.all().size();
			QueueSource source = this.sources.all().get(index);
			if (source.isDue(this.stopping ? 0 : this.permits.free(), System.nanoTime())) {
				turned = true;
				if (turn(source, Math.max(1, due--))) {
					this.next = (index + 1) % this.sources.all().size();
				}
			}
		}
		return turned;
	}

	private int due() {
		if (this.sources.all().size() == 1) {
			return 1;
		}
		int due = 0;
		for (QueueSource source : this.sources.all()) {
			due += source.isDue(this.permits.free(), System.nanoTime()) ? 1 : 0;
		}
		return due;
	}

	/**
	 * Fetches from one source.
	 * @param among how many have a turn now, this one included
	 */
	private boolean turn(QueueSource source, int among) {
		QueueCaller.Answer answer;
		this.calling = true;
		try {
			if (!source.isUnanswered()) {
				source.prepare(this.stopping ? 0 : this.permits.take(among, !source.hasMore()),
						this.stopping ? Join.NEVER : Join.WHEN_SHORT);
			}
			answer = source.send();
		}
		catch (RuntimeException | Error ex) { // nothing ends the loop
			this.outages.failed(source, ex);
			return false;
		}
		finally {
			this.calling = false;
			this.lastCallNanos = System.nanoTime();
		}
		this.outages.succeeded(source);
		accept(source, answer);
		return !answer.fetched().tasks().isEmpty();
	}

	/**
	 * Starts the tasks that a call has brought. Called from any thread.
	 * @param source where they come from
	 * @param answer the answer to the call
	 */
	void accept(QueueSource source, QueueCaller.Answer answer) {
		Fetched fetched = answer.fetched();
		this.permits.giveBack(answer.freed());
		source.hasMore(fetched.more());
		fetched.damaged().forEach(source::settle);
		if (this.stopping) {
			fetched.tasks().forEach((task) -> source.settle(Settlement.handBack(task, Duration.ZERO)));
			this.permits.giveBack(fetched.tasks().size());
			return;
		}
		List<RunningTask> tasks = new ArrayList<>(fetched.tasks().size());
		for (LeasedTask task : fetched.tasks()) {
			RunningTask running = new RunningTask(task, source, this.endpoint.handler(), this.settings.ackMode(),
					fetched.leasedNanos(task));
			source.starts(running);
			tasks.add(running);
		}
		this.waiting.addAndGet(tasks.size());
		this.handlers.execute(tasks, this::refused);
	}

	private void refused(RunningTask task, Throwable ex) {
		logger.warn("Listener {}: no thread for task {}, it is handed back", this.id, task.task().id(), ex);
		task.abandon(NO_THREAD_PAUSE);
		task.run(); // ends it, since it is settled
	}

	/**
	 * Waits until something happens, but no longer than until something is due.
	 */
	private void await(long atMostNanos) throws InterruptedException {
		long now = System.nanoTime();
		long idle = atMostNanos;
		for (QueueSource source : this.sources.all()) {
			idle = Math.min(idle, source.idleNanos(now));
		}
		if (isBusy()) {
			idle = Math.min(idle, PATIENCE_NANOS - (now - this.lastCallNanos));
		}
		if (idle > 0 && this.signal.tryAcquire(idle, TimeUnit.NANOSECONDS)) {
			this.signal.drainPermits();
		}
	}

	private void finish() throws InterruptedException {
		this.sources.all().forEach((source) -> source.look(false));
		pass(); // leaves the waiters and passes their wake-up on
		while (System.nanoTime() - this.deadlineNanos < 0 && isWorking()) {
			flush();
		}
		int abandoned = 0;
		for (QueueSource source : this.sources.all()) {
			for (RunningTask task : source.tasks()) {
				if (!task.isSettled()) {
					task.abandon(Duration.ZERO);
					abandoned++;
				}
			}
		}
		if (abandoned > 0) {
			logger.warn("Listener {}: {} tasks still ran at the end of shutdown-timeout and are handed back", this.id,
					abandoned);
		}
		this.deadlineNanos = System.nanoTime() + FLUSH_TIME.toNanos();
		while (System.nanoTime() - this.deadlineNanos < 0 && !isFlushed()) {
			flush();
		}
		if (!isFlushed()) {
			logger.warn("Listener {}: Redis does not answer; what it was not told, and tasks that it may hold for this"
					+ " instance, runs again when the leases expire", this.id);
		}
	}

	private void flush() throws InterruptedException {
		this.signal.drainPermits();
		if (!pass()) {
			await(this.deadlineNanos - System.nanoTime());
		}
	}

	private boolean isWorking() {
		return this.sources.all().stream().anyMatch((source) -> !source.tasks().isEmpty());
	}

	private boolean isFlushed() {
		return this.sources.all().stream().allMatch((source) -> source.isFlushed());
	}

}
