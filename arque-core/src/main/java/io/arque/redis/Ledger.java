package io.arque.redis;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Ledger} decides when the working limit of a queue with partitions is divided
 * anew, and who is told; {@link Shares} does it.
 * <p>
 * A queue that is not spread and never was has no ledger; then nothing here calls Redis.
 * That there is one is told by answers to other calls. Safe for use by many threads.
 */
final class Ledger {

	private static final Logger logger = LoggerFactory.getLogger(Ledger.class);

	/** How often one round asks the ledger, at the most. */
	private static final int MAX_STEPS = 5;

	private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

	/** A round that fails holds up whoever makes it, so it is made ever more seldom. */
	private static final long MAX_RETRY_NANOS = Duration.ofSeconds(30).toNanos();

	private final QueueAccess queue;

	private final Partitions partitions;

	private final Shares shares;

	/** One thread at a time makes a round. */
	private final ReentrantLock lock = new ReentrantLock();

	/** Partitions without a share from which tasks were wanted. */
	private final Set<String> starved = ConcurrentHashMap.newKeySet();

	private volatile Duration lifetime = Duration.ofSeconds(30);

	private volatile boolean exists;

	private volatile boolean consumes;

	private volatile boolean produces;

	/** Whether the ledger knows what this application does. */
	private volatile boolean noted;

	private volatile long triedNanos = System.nanoTime() - RETRY_NANOS;

	private volatile long retryNanos = RETRY_NANOS;

	Ledger(QueueAccess plain, Partitions partitions) {
		this.queue = new QueueAccess(plain.name(),
				QueueKeys.withLedger(plain.client().settings().keyPrefix(), plain.name()), plain.settings(),
				plain.client(), plain.log());
		this.partitions = partitions;
		this.shares = new Shares(this.queue, partitions);
		this.exists = partitions.written().size() > 1;
	}

	/**
	 * Whether the queue has a ledger, as far as is known.
	 * @return whether it is, or was, spread
	 */
	boolean exists() {
		return this.exists;
	}

	/**
	 * An answer of Redis has told whether there is a ledger.
	 * @param tag the partition that answered
	 * @param spread whether there is one
	 * @param throttled whether the partition gave no tasks for want of a place
	 */
	void answered(String tag, boolean spread, boolean throttled) {
		if (!spread) {
			return;
		}
		this.exists = true;
		if (throttled && isWithoutShare(tag)) {
			this.starved.add(tag);
		}
	}

	/**
	 * This application is about to take tasks. Whether the ledger can be told or not, the
	 * partitions' shares hold.
	 */
	void consuming() {
		if (!this.consumes) {
			this.consumes = true;
			this.noted = false;
			this.triedNanos = System.nanoTime() - this.retryNanos;
		}
		if (this.exists && !isFresh()) {
			tryRound();
		}
	}

	/**
	 * This application is about to write tasks: the ledger must know the partitions
	 * first, so that somebody looks into them.
	 * @throws org.springframework.dao.DataAccessException if it could not be told yet
	 */
	void producing() {
		if (!this.exists) {
			return;
		}
		this.produces = true;
		if (!this.noted) {
			round();
		}
		else if (!isFresh()) {
			tryRound();
		}
	}

	private boolean isFresh() {
		long passed = System.nanoTime() - this.triedNanos;
		return passed < this.retryNanos || (this.noted && passed < this.lifetime.toNanos() / 3);
	}

	/**
	 * Looks after one partition, as often as anybody looks at it at all: gives it its
	 * share once more, or if it is the plain queue tells the ledger that this application
	 * lives.
	 * @param tag the partition
	 * @param lives how long it can be thought to live after this
	 */
	void tend(String tag, Duration lives) {
		this.lifetime = lives;
		if (!this.exists) {
			return;
		}
		if (tag.equals(this.queue.name())) {
			tryRound();
		}
		else if (!isWithoutShare(tag)) {
			this.shares.carry(tag);
		}
	}

	/**
	 * Goes on with what the last round had to leave, because tasks that hold too many
	 * places must end first; and finds shares for partitions that were found without one.
	 */
	void catchUp() {
		if (this.exists) {
			catchUp(List.copyOf(this.starved));
		}
	}

	/**
	 * Looks for tasks in all partitions without a share, once a second at the most, and
	 * more seldom while the ledger cannot be reached.
	 * @return whether shares may have changed
	 */
	boolean catchUpAll() {
		if (!this.exists || System.nanoTime() - this.triedNanos < this.retryNanos) {
			return false;
		}
		this.triedNanos = System.nanoTime();
		return catchUp(this.shares.without());
	}

	private boolean catchUp(List<String> without) {
		boolean needed = !this.shares.areSettled();
		for (String tag : without) {
			this.starved.remove(tag);
			needed |= tag.equals(this.queue.name()) || this.shares.carry(tag) > 0;
		}
		if (needed) {
			tryRound();
		}
		return needed;
	}

	/**
	 * Whether a partition is known to have no share, so that asking it for tasks is in
	 * vain.
	 * @param tag the partition
	 * @return whether it has none
	 */
	boolean isWithoutShare(String tag) {
		return this.shares.isWithout(tag);
	}

	/**
	 * Asks Redis which partitions there are.
	 */
	void learn() {
		List<Object> tags = this.queue.execute(Scripts.PARTITIONS, new Arguments());
		if (!tags.isEmpty()) {
			this.exists = true;
			this.partitions.learn(tags.stream().map((tag) -> Reply.text((byte[]) tag)).toList());
		}
	}

	private void tryRound() {
		if (this.noted && this.lock.isLocked()) {
			return; // another thread is at it
		}
		try {
			round();
			this.retryNanos = RETRY_NANOS;
		}
		catch (RuntimeException ex) {
			this.retryNanos = Math.min(MAX_RETRY_NANOS, 2 * this.retryNanos);
			logger.debug("Queue {}: the shares of its partitions stay as they are for now", this.queue.name(), ex);
		}
	}

	/**
	 * Divides the working limit anew and carries the shares to the partitions, until all
	 * have theirs or tasks have to end first.
	 * @throws org.springframework.dao.DataAccessException if the ledger cannot be reached
	 */
	void round() {
		this.lock.lock();
		try {
			this.triedNanos = System.nanoTime();
			if (!this.noted) {
				this.partitions.all().forEach((partition) -> this.shares.carry(partition.tag()));
			}
			boolean again = true;
			for (int step = 0; again && step < MAX_STEPS; step++) {
				boolean consumer = this.consumes;
				boolean member = consumer || this.produces;
				again = this.shares.divide(member, consumer ? this.queue.settings().workingLimit() : 0, this.lifetime);
				this.exists = true;
				this.noted = member && consumer == this.consumes;
			}
		}
		finally {
			this.triedNanos = System.nanoTime();
			this.lock.unlock();
		}
	}

}
