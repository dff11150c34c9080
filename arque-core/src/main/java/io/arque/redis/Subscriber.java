package io.arque.redis;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.Message;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.Subscription;
import org.springframework.data.redis.connection.SubscriptionListener;

/**
 * {@code Subscriber} holds one subscription, and its connection, in a thread of its own.
 * To subscribe returns at once with Lettuce; with Jedis it brings the messages and
 * returns when the subscription has ended. Only that thread closes the connection: a pool
 * would hand it to others while it is still read.
 */
final class Subscriber implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Subscriber.class);

	private final Receiver receiver = new Receiver();

	private final CountDownLatch confirmed = new CountDownLatch(1);

	private final CountDownLatch over = new CountDownLatch(1);

	private final Semaphore probes = new Semaphore(0);

	private final AtomicBoolean closed = new AtomicBoolean();

	private final Thread thread = new Thread(this::hold, "arque-subscribe");

	private final RedisConnection connection;

	private final byte[] channel;

	private final Consumer<byte[]> wake;

	private final Runnable wakeAll;

	private volatile boolean subscribed;

	/** Whether to subscribe does not return, told by the thread that brings messages. */
	private boolean blocked;

	private volatile @Nullable RuntimeException failure;

	/**
	 * Begins to subscribe.
	 * @param connection closed when the subscription has ended
	 * @param channel what to subscribe to
	 * @param wake is given each message that is not empty
	 * @param wakeAll is called when some messages may have been missed
	 */
	Subscriber(RedisConnection connection, byte[] channel, Consumer<byte[]> wake, Runnable wakeAll) {
		this.connection = connection;
		this.channel = channel;
		this.wake = wake;
		this.wakeAll = wakeAll;
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	private void hold() {
		try {
			this.connection.subscribe(this.receiver, this.channel);
			if (this.connection.isSubscribed()) {
				new CountDownLatch(1).await(); // until this is closed
			}
		}
		catch (InterruptedException ex) {
			logger.trace("The wake-up subscription is given up");
		}
		catch (RuntimeException ex) {
			this.failure = ex;
			logger.debug("The wake-up subscription ended", ex);
		}
		finally {
			this.over.countDown();
			this.confirmed.countDown();
			Thread.interrupted(); // or the connection would not be closed in order
			closeConnection();
		}
	}

	private void closeConnection() {
		try {
			this.connection.close();
		}
		catch (RuntimeException ex) {
			logger.debug("The wake-up subscription's connection could not be closed", ex);
		}
	}

	/**
	 * Waits until Redis has confirmed the subscription, or it has ended.
	 * @return whether it holds
	 */
	boolean awaitSubscribed(Duration wait) throws InterruptedException {
		return this.confirmed.await(wait.toMillis(), TimeUnit.MILLISECONDS) && this.subscribed
				&& this.over.getCount() > 0;
	}

	/**
	 * Waits until the subscription has ended, by itself or because this was closed.
	 * @return whether it has
	 */
	boolean awaitOver(Duration wait) throws InterruptedException {
		return this.over.await(wait.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Returns why the subscription ended, null if nothing failed.
	 */
	@Nullable RuntimeException failure() {
		return this.failure;
	}

	/**
	 * Forgets the empty messages that have come so far.
	 */
	void forgetProbes() {
		this.probes.drainPermits();
	}

	/**
	 * Waits for an empty message, or that this is closed.
	 * @return whether one came
	 */
	boolean awaitProbe(Duration wait) throws InterruptedException {
		return this.probes.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
	}

	/**
	 * Gives the subscription up, and does not wait until it has ended. One that is dead
	 * and blocks its thread ends when the system gives its connection up.
	 */
	@Override
	public void close() {
		if (this.closed.compareAndSet(false, true)) {
			giveUp();
			this.over.countDown();
			this.confirmed.countDown();
			this.probes.release();
		}
	}

	/**
	 * Interrupts the thread only as long as it brings no messages: Jedis would end at the
	 * next one, before it has read the answer to its unsubscribing.
	 */
	private synchronized void giveUp() {
		if (this.blocked) {
			unsubscribe();
		}
		else {
			this.thread.interrupt();
		}
	}

	private synchronized void blocks() {
		this.blocked = true;
		if (this.closed.get()) {
			Thread.interrupted();
			unsubscribe();
		}
	}

	/** Sends, and waits for nothing: the thread that is blocked reads the answer. */
	private void unsubscribe() {
		try {
			Subscription subscription = this.connection.getSubscription();
			if (subscription != null && subscription.isAlive()) {
				subscription.unsubscribe();
			}
		}
		catch (RuntimeException ex) {
			logger.debug("The wake-up subscription could not be ended", ex);
		}
	}

	/**
	 * Waits until the connection is closed.
	 */
	void join(Duration wait) throws InterruptedException {
		this.thread.join(wait.toMillis());
	}

	/**
	 * Whether the connection is closed.
	 */
	boolean hasEnded() {
		return !this.thread.isAlive();
	}

	/**
	 * Takes the messages of the connection.
	 */
	private final class Receiver implements MessageListener, SubscriptionListener {

		@Override
		public void onMessage(Message message, byte @Nullable [] pattern) {
			if (message.getBody().length == 0) {
				Subscriber.this.probes.release();
			}
			else {
				safely(() -> Subscriber.this.wake.accept(message.getBody()));
			}
		}

		@Override
		public void onChannelSubscribed(byte[] channel, long count) {
			Subscriber.this.subscribed = true;
			if (Thread.currentThread() == Subscriber.this.thread) {
				blocks();
			}
			Subscriber.this.confirmed.countDown();
			safely(Subscriber.this.wakeAll);
		}

		/** With Jedis a failure would end the subscription. */
		private void safely(Runnable wake) {
			try {
				wake.run();
			}
			catch (RuntimeException ex) {
				logger.warn("A consumer could not be woken", ex);
			}
		}

	}

}
