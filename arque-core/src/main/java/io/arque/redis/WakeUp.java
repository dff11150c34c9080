package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code WakeUp} holds the one subscription of this application: a message on its channel
 * is the name of a queue that has work. A thread of its own subscribes in the background,
 * and does so again when the connection was lost, or did not bring a message that was
 * sent to try it. Whenever the subscription is made, all consumers are woken, for what
 * was published before. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class WakeUp implements SmartLifecycle, DisposableBean {

	/** Starts before the consumers and stops after them. */
	public static final int PHASE = Integer.MAX_VALUE - 200;

	private static final Logger logger = LoggerFactory.getLogger(WakeUp.class);

	private static final Duration PROBE_INTERVAL = Duration.ofSeconds(15);

	private static final Duration PROBE_ANSWER = Duration.ofSeconds(5);

	private static final long FIRST_PAUSE_MILLIS = 100;

	private static final long MAX_PAUSE_MILLIS = 5000;

	private static final long STOP_MILLIS = 1000;

	private static final Duration CLOSE_WAIT = Duration.ofMillis(800);

	/** Each may keep a connection of a pool until the system gives it up. */
	private static final int MAX_OPEN = 3;

	private static final byte[] PROBE = {};

	private final RedisConnectionFactory connectionFactory;

	private final byte[] channel;

	private final Map<String, Set<Runnable>> consumers = new ConcurrentHashMap<>();

	private final Object lifecycle = new Object();

	private volatile Duration probeInterval = PROBE_INTERVAL;

	private volatile Duration probeAnswer = PROBE_ANSWER;

	private @Nullable Watch watch;

	WakeUp(RedisConnectionFactory connectionFactory, String channel) {
		this.connectionFactory = connectionFactory;
		this.channel = channel.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Changes how often the subscription is tried, from its next start on.
	 * @param interval time between two tries
	 * @param answer how long an answer may take
	 */
	void probe(Duration interval, Duration answer) {
		this.probeInterval = interval;
		this.probeAnswer = answer;
	}

	/**
	 * Calls back whenever the queue may have work. The first subscription of the
	 * application starts the background thread.
	 * @param queue the queue's name
	 * @param wake called from the connection's thread, must return at once
	 * @return closes to end the calls
	 */
	public Subscription subscribe(String queue, Runnable wake) {
		Set<Runnable> ofQueue = this.consumers.computeIfAbsent(queue, (name) -> ConcurrentHashMap.newKeySet());
		ofQueue.add(wake);
		start();
		return () -> ofQueue.remove(wake);
	}

	@Override
	public void start() {
		synchronized (this.lifecycle) {
			if (this.watch == null && !this.consumers.isEmpty()) {
				Watch begun = new Watch();
				begun.start();
				this.watch = begun;
			}
		}
	}

	@Override
	public void stop() {
		synchronized (this.lifecycle) {
			if (this.watch != null) {
				this.watch.stop();
				this.watch = null;
			}
		}
	}

	/** A context that is refreshed again destroys its beans without stopping them. */
	@Override
	public void destroy() {
		stop();
	}

	@Override
	public boolean isRunning() {
		synchronized (this.lifecycle) {
			return this.watch != null;
		}
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	private void wake(byte[] message) {
		String queue = new String(message, StandardCharsets.UTF_8);
		this.consumers.getOrDefault(queue, Set.of()).forEach(Runnable::run);
	}

	private void wakeAll() {
		this.consumers.values().forEach((ofQueue) -> ofQueue.forEach(Runnable::run));
	}

	/**
	 * Ends calls when closed.
	 */
	@FunctionalInterface
	public interface Subscription extends AutoCloseable {

		@Override
		void close();

	}

	/**
	 * {@code Watch} makes the subscription, tries it now and then, and makes it again
	 * when it fails, until it is stopped.
	 */
	private final class Watch implements Runnable {

		private final CountDownLatch stopped = new CountDownLatch(1);

		private final Thread thread = new Thread(this, "arque-wake-up");

		/** Used by the thread only: those whose connections are not closed. */
		private final List<Subscriber> open = new ArrayList<>();

		private volatile @Nullable Subscriber current;

		private boolean failing;

		void start() {
			this.thread.setDaemon(true);
			this.thread.start();
		}

		/** Waits a moment, so that the connection is closed before its factory is. */
		void stop() {
			this.stopped.countDown();
			Subscriber subscriber = this.current;
			if (subscriber != null) {
				subscriber.close();
			}
			try {
				this.thread.join(STOP_MILLIS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void run() {
			long pause = FIRST_PAUSE_MILLIS;
			try {
				while (!isStopped(Duration.ZERO)) {
					if (hold()) {
						pause = FIRST_PAUSE_MILLIS;
					}
					isStopped(Duration.ofMillis(ThreadLocalRandom.current().nextLong(pause / 2, pause + 1)));
					pause = Math.min(MAX_PAUSE_MILLIS, pause * 2);
				}
				for (Subscriber subscriber : this.open) {
					subscriber.join(CLOSE_WAIT);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		/**
		 * Subscribes and stays until the subscription fails or the watch is stopped.
		 * @return whether the subscription had been made
		 */
		private boolean hold() throws InterruptedException {
			this.open.removeIf(Subscriber::hasEnded);
			if (this.open.size() >= MAX_OPEN) {
				tell("Dead wake-up subscriptions do not end");
				return false;
			}
			try (Subscriber subscriber = subscribe()) {
				if (!subscriber.awaitSubscribed(WakeUp.this.probeAnswer)) {
					tell(subscriber, "Redis did not confirm the wake-up subscription");
					return false;
				}
				this.failing = false;
				while (!subscriber.awaitOver(WakeUp.this.probeInterval)) {
					if (!probe(subscriber)) {
						tell("The wake-up subscription is silent");
						return true;
					}
				}
				tell(subscriber, "The wake-up subscription ended");
				return true;
			}
			catch (RuntimeException | Error ex) { // such as "unable to create native
													// thread"
				tell("The wake-up subscription failed (" + ex.getMessage() + ")");
				return false;
			}
		}

		private Subscriber subscribe() {
			RedisConnection connection = WakeUp.this.connectionFactory.getConnection();
			Subscriber subscriber = new Subscriber(connection, WakeUp.this.channel, WakeUp.this::wake,
					WakeUp.this::wakeAll);
			try {
				subscriber.start();
			}
			catch (Error ex) { // no thread has it, so none would close it
				connection.close();
				throw ex;
			}
			this.open.add(subscriber);
			this.current = subscriber;
			if (this.stopped.getCount() == 0) {
				subscriber.close();
			}
			return subscriber;
		}

		private boolean probe(Subscriber subscriber) throws InterruptedException {
			subscriber.forgetProbes();
			try (RedisConnection connection = WakeUp.this.connectionFactory.getConnection()) {
				connection.publish(WakeUp.this.channel, PROBE);
			}
			catch (RuntimeException ex) {
				logger.debug("The wake-up subscription cannot be tried now", ex);
				return true; // says nothing about the subscription
			}
			return subscriber.awaitProbe(WakeUp.this.probeAnswer);
		}

		private boolean isStopped(Duration wait) throws InterruptedException {
			return this.stopped.await(wait.toMillis(), TimeUnit.MILLISECONDS);
		}

		private void tell(Subscriber subscriber, String what) {
			RuntimeException failure = subscriber.failure();
			tell((failure != null) ? "The wake-up subscription failed (" + failure.getMessage() + ")" : what);
		}

		private void tell(String what) {
			if (!this.failing && this.stopped.getCount() > 0) {
				logger.warn("{}; consumers look by themselves until it is made again", what);
			}
			this.failing = true;
		}

	}

}
