package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.arque.redis.WakeUp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * {@code ArqueListenerContainer} runs one listener: it starts and stops the
 * {@link ConsumerLoop}, the threads of its handlers, and what keeps leases and wakes it.
 * It can be started again after a stop. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class ArqueListenerContainer implements SmartLifecycle {

	/** Starts last and stops first. */
	public static final int PHASE = Integer.MAX_VALUE - 100;

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	/** How much longer than {@code shutdown-timeout} the loop may take to tell Redis. */
	private static final Duration STOP_GRACE = Duration.ofSeconds(3);

	/** How long a fetch may take, before a consumer that says nothing counts as dead. */
	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ArqueListenerEndpoint endpoint;

	private final ContainerServices services;

	private final Object lifecycle = new Object();

	private ContainerSettings settings;

	private volatile @Nullable Run run;

	ArqueListenerContainer(ArqueListenerEndpoint endpoint, ContainerSettings settings, ContainerServices services) {
		this.endpoint = endpoint;
		this.settings = settings;
		this.services = services;
	}

	/**
	 * Returns the endpoint's id.
	 * @return the id
	 */
	public String id() {
		return this.endpoint.id();
	}

	/**
	 * Returns what the container listens to.
	 * @return the endpoint
	 */
	public ArqueListenerEndpoint endpoint() {
		return this.endpoint;
	}

	/**
	 * Returns how the container works.
	 * @return the settings
	 */
	public ContainerSettings settings() {
		synchronized (this.lifecycle) {
			return this.settings;
		}
	}

	/**
	 * Changes how the container works from its next start.
	 * @param settings the settings
	 */
	public void settings(ContainerSettings settings) {
		synchronized (this.lifecycle) {
			this.settings = settings;
		}
	}

	@Override
	public void start() {
		synchronized (this.lifecycle) {
			if (this.run == null) {
				Run begun = new Run(this.settings);
				begun.start();
				this.run = begun;
			}
		}
	}

	@Override
	public void stop() {
		synchronized (this.lifecycle) {
			Run current = this.run;
			if (current != null) {
				current.stop();
				this.run = null;
			}
		}
	}

	@Override
	public void stop(Runnable callback) {
		Thread thread = new Thread(() -> {
			try {
				stop();
			}
			finally {
				callback.run();
			}
		}, "arque-stop-" + id());
		thread.start();
	}

	@Override
	public boolean isRunning() {
		return this.run != null;
	}

	@Override
	public boolean isAutoStartup() {
		return settings().autoStartup();
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Tells how the container is doing.
	 * @return its health
	 */
	public ContainerHealth health() {
		Run current = this.run;
		if (current == null) {
			return new ContainerHealth(id(), this.endpoint.queues(), false, null, null, 0);
		}
		return current.health();
	}

	/**
	 * {@code Run} is the time between a start and a stop.
	 */
	private final class Run {

		private final ContainerSettings settings;

		private final ClassLoader classes = Thread.currentThread().getContextClassLoader();

		private final AtomicInteger threads = new AtomicInteger();

		private final Handlers handlers;

		private final ConsumerLoop loop;

		private final Thread thread;

		private final List<WakeUp.Subscription> subscriptions = new CopyOnWriteArrayList<>();

		Run(ContainerSettings settings) {
			ArqueListenerContainer container = ArqueListenerContainer.this;
			this.settings = settings;
			this.handlers = handlers();
			this.loop = new ConsumerLoop(container.endpoint, settings, container.services.client(), this.handlers);
			this.thread = newThread(this.loop, "arque-" + id());
		}

		void start() {
			ArqueListenerContainer.this.services.keepAlive().started();
			try {
				this.loop.sources().onOpened(this::opened);
				this.loop.sources().all().forEach(this::opened);
				this.thread.start();
			}
			catch (RuntimeException | Error ex) { // such as "unable to create native
													// thread"
				stop();
				throw ex;
			}
			logger.info("Listener {}: started on {} with concurrency {}", id(),
					ArqueListenerContainer.this.endpoint.queues(), this.settings.concurrency());
		}

		private void subscribe(QueueSource source) {
			this.subscriptions.add(ArqueListenerContainer.this.services.client()
				.wakeUp()
				.subscribe(source.partition().tag(), source::wake));
		}

		/** Called by the loop's thread, once it runs. */
		private void opened(QueueSource source) {
			ContainerServices services = ArqueListenerContainer.this.services;
			List<QueueSource> one = List.of(source);
			try {
				services.leaseKeeper().add(one);
				services.slowLook().add(one);
				subscribe(source);
			}
			catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
				services.leaseKeeper().remove(one);
				services.slowLook().remove(one);
				throw ex;
			}
		}

		void stop() {
			ContainerServices services = ArqueListenerContainer.this.services;
			services.slowLook().remove(this.loop.sources().all());
			this.subscriptions.forEach(WakeUp.Subscription::close);
			this.loop.stop(this.settings.shutdownTimeout());
			try {
				if (!join(this.settings.shutdownTimeout().plus(STOP_GRACE))) {
					logger.error("Listener {}: Redis does not answer; leases that it still holds will expire", id());
					this.thread.interrupt();
				}
			}
			catch (InterruptedException ex) {
				this.thread.interrupt();
				Thread.currentThread().interrupt();
			}
			services.leaseKeeper().remove(this.loop.sources().all());
			// those that were opened meanwhile
			services.slowLook().remove(this.loop.sources().all());
			this.subscriptions.forEach(WakeUp.Subscription::close);
			services.keepAlive().stopped();
			if (this.handlers instanceof HandlerThreads threads) {
				threads.close();
			}
			logger.info("Listener {}: stopped", id());
		}

		private boolean join(Duration wait) throws InterruptedException {
			this.thread.join(wait.toMillis());
			return !this.thread.isAlive();
		}

		ContainerHealth health() {
			RuntimeException failure = null;
			long oldest = 0;
			int overdue = 0;
			long now = System.nanoTime();
			for (QueueSource source : this.loop.sources().all()) {
				oldest = Math.max(oldest, now - source.lastFetchNanos());
				failure = (source.failure() != null) ? source.failure() : failure;
				overdue += (int) source.tasks().stream().filter(RunningTask::isOverdue).count();
			}
			Duration patience = ArqueListenerContainer.this.services.slowLook()
				.roundTime()
				.multipliedBy(3)
				.plus(PATIENCE);
			if (!this.thread.isAlive()) {
				failure = new IllegalStateException("The consumer's thread has ended");
			}
			else if (failure == null && oldest > patience.toNanos()) {
				failure = new IllegalStateException(
						"No fetch has succeeded for more than " + patience.toSeconds() + " s");
			}
			return new ContainerHealth(id(), ArqueListenerContainer.this.endpoint.queues(), true,
					Duration.ofNanos(oldest), failure, overdue);
		}

		private Handlers handlers() {
			if (this.settings.virtualThreads()) {
				return Handlers.of((task) -> newThread(task, taskName()).start());
			}
			return new HandlerThreads((task) -> newThread(task, taskName()));
		}

		private String taskName() {
			return "arque-" + id() + "-task-" + this.threads.incrementAndGet();
		}

		/** The thread that happens to make it, such as a handler's, leaves it nothing. */
		private Thread newThread(Runnable task, String name) {
			Thread thread;
			if (this.settings.virtualThreads()) {
				thread = VirtualThreads.unstarted(task);
				thread.setName(name);
			}
			else {
				thread = new Thread(null, task, name, 0, false);
				thread.setDaemon(true);
			}
			thread.setContextClassLoader(this.classes);
			return thread;
		}

	}

}
