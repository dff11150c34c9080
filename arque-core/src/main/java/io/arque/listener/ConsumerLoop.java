package io.arque.listener;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import io.arque.redis.ArqueClient;
import io.arque.redis.Fetch.Join;
import io.arque.redis.Fetched;
import io.arque.redis.RedisQueue;
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
 * something is due, or it is asked to look. Permits are taken only here and given back by
 * whoever ends a task; a call that got no answer keeps its permits until it does.
 */
final class ConsumerLoop implements Runnable {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	/** What is told to Redis after {@code shutdown-timeout} gets this long to arrive. */
	private static final Duration FLUSH_TIME = Duration.ofSeconds(2);

	/** A task that no thread could be had for comes again after this. */
	private static final Duration NO_THREAD_PAUSE = Duration.ofSeconds(1);

	private final String id;

	private final ArqueListenerEndpoint endpoint;

	private final ContainerSettings settings;

	private final List<RedisQueue> queues;

	/** One for each partition of each queue; they become more, but never fewer. */
	private final List<QueueSource> sources = new CopyOnWriteArrayList<>();

	private final Map<RedisQueue, Suspects> suspects = new HashMap<>();

	private final Executor handlers;

	private final ArqueMetrics metrics;

	private final AtomicInteger permits;

	private final Semaphore signal = new Semaphore(0);

	private volatile Consumer<QueueSource> opened = (source) -> {
	};

	private volatile boolean stopping;

	private volatile long deadlineNanos;

	/** Which queue comes first in the next pass. */
	private int next;

	/** What the queues fail with that cannot be reached. */
	private final Map<QueueSource, String> failing = new HashMap<>();

	ConsumerLoop(ArqueListenerEndpoint endpoint, ContainerSettings settings, ArqueClient client, Executor handlers) {
		this.id = endpoint.id();
		this.endpoint = endpoint;
		this.settings = settings;
		this.handlers = handlers;
		this.permits = new AtomicInteger(settings.concurrency());
		this.metrics = client.metrics();
		this.queues = endpoint.queues().stream().map(client::queue).toList();
		grow();
	}

	List<QueueSource> sources() {
		return this.sources;
	}

	/**
	 * Tells of partitions that become known while the loop runs.
	 * @param opened called by the loop's thread with the source of each
	 */
	void onOpened(Consumer<QueueSource> opened) {
		this.opened = opened;
	}

	/**
	 * Adds sources for partitions that have become known.
	 */
	private void grow() {
		int known = 0;
		for (RedisQueue queue : this.queues) {
			known += queue.partitions().size();
		}
		if (known > this.sources.size()) {
			this.queues.stream().flatMap((queue) -> queue.partitions().stream()).forEach((partition) -> {
				if (this.sources.stream().noneMatch((source) -> source.partition() == partition)) {
					QueueSource source = new QueueSource(partition, this.metrics, this,
							this.suspects.computeIfAbsent(partition.queue(), (queue) -> new Suspects()));
					this.sources.add(source);
					this.opened.accept(source);
				}
			});
		}
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
	 * Gives permits back. Called from any thread.
	 * @param count how many
	 */
	void free(int count) {
		this.permits.addAndGet(count);
		signal();
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
				if (!pass()) {
					await(Long.MAX_VALUE);
				}
			}
			finish();
		}
		catch (InterruptedException ex) {
			logger.warn("Listener {}: interrupted while stopping; leases that it still holds will expire", this.id);
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Gives each queue a turn that is due for one, beginning behind the one that last got
	 * tasks.
	 * @return whether any was due
	 */
	private boolean pass() {
		boolean turned = false;
		grow();
		int first = this.next;
		int due = due();
		for (int i = 0; i < this.sources.size(); i++) {
			int index = (first + i) % this.sources.size();
			QueueSource source = this.sources.get(index);
			if (source.isDue(this.stopping ? 0 : this.permits.get(), System.nanoTime())) {
				turned = true;
				if (turn(source, Math.max(1, due--))) {
					this.next = (index + 1) % this.sources.size();
				}
			}
		}
		return turned;
	}

	private int due() {
		if (this.sources.size() == 1) {
			return 1;
		}
		int due = 0;
		for (QueueSource source : this.sources) {
			due += source.isDue(this.permits.get(), System.nanoTime()) ? 1 : 0;
		}
		return due;
	}

	/**
	 * Fetches from one source.
	 * @param among how many have a turn now, this one included: it gets its part of the
	 * permits, and those that it leaves are there for the next
	 */
	private boolean turn(QueueSource source, int among) {
		Fetched fetched;
		try {
			int reserved = this.stopping ? source.prepare(0, Join.NEVER)
					: source.prepare((this.permits.get() + among - 1) / among, Join.WHEN_SHORT);
			this.permits.addAndGet(-reserved);
			QueueSource.Answer answer = source.send();
			free(answer.freed());
			fetched = answer.fetched();
		}
		catch (RuntimeException | Error ex) { // nothing ends the loop
			tell(source, ex);
			return false;
		}
		fetched.tasks().forEach((task) -> start(source, task, fetched.leasedNanos(task)));
		tellRecovery(source);
		return !fetched.tasks().isEmpty();
	}

	private void start(QueueSource source, LeasedTask task, long leasedNanos) {
		if (this.stopping) {
			free(1);
			source.settle(Settlement.handBack(task, Duration.ZERO));
			return;
		}
		RunningTask running = new RunningTask(task, source, this.endpoint.handler(), this.settings.ackMode(),
				leasedNanos);
		source.starts(running);
		try {
			this.handlers.execute(running);
		}
		catch (RuntimeException | Error ex) { // such as "unable to create native thread"
			logger.warn("Listener {}: no thread for task {}, it is handed back", this.id, task.id(), ex);
			running.abandon(NO_THREAD_PAUSE);
			running.run(); // ends it, since it is settled
		}
	}

	/**
	 * Waits until something happens, but no longer than until something is due.
	 */
	private void await(long atMostNanos) throws InterruptedException {
		long now = System.nanoTime();
		long idle = atMostNanos;
		for (QueueSource source : this.sources) {
			idle = Math.min(idle, source.idleNanos(now));
		}
		if (idle > 0 && this.signal.tryAcquire(idle, TimeUnit.NANOSECONDS)) {
			this.signal.drainPermits();
		}
	}

	private void finish() throws InterruptedException {
		this.sources.forEach((source) -> source.look(false));
		pass(); // leaves the waiters and passes their wake-up on
		while (System.nanoTime() - this.deadlineNanos < 0 && isWorking()) {
			flush();
		}
		int abandoned = 0;
		for (QueueSource source : this.sources) {
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
		return this.sources.stream().anyMatch((source) -> !source.tasks().isEmpty());
	}

	private boolean isFlushed() {
		return this.sources.stream().allMatch((source) -> source.isFlushed());
	}

	/** Once for all queues that fail alike: most often it is Redis that is away. */
	private void tell(QueueSource source, Throwable ex) {
		String failure = ex.toString();
		if (!this.failing.containsKey(source) && !this.failing.containsValue(failure)) {
			logger.warn("Listener {}: queue {} cannot be reached, trying again until it can: {}", this.id,
					source.partition(), failure);
		}
		this.failing.putIfAbsent(source, failure);
		logger.debug("Listener {}: queue {} cannot be reached", this.id, source.partition(), ex);
	}

	private void tellRecovery(QueueSource source) {
		String failure = this.failing.remove(source);
		if (failure != null && !this.failing.containsValue(failure)) {
			logger.info("Listener {}: queue {} can be reached again", this.id, source.partition());
		}
	}

}
