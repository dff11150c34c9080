package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Ledger} carries shares of a queue's working limit between the ledger in Redis,
 * which divides it, and the partitions, which keep to them. What it knows may be out of
 * date: shares are numbered, and a partition takes none that is older than what it has.
 * <p>
 * A queue that is not spread and never was has no ledger; then nothing here calls Redis.
 * That there is one is told by answers to other calls. Safe for use by many threads.
 */
final class Ledger {

	private static final Logger logger = LoggerFactory.getLogger(Ledger.class);

	/** How often one round asks the ledger, at the most. */
	private static final int MAX_STEPS = 5;

	private static final long RETRY_NANOS = Duration.ofSeconds(1).toNanos();

	private final QueueAccess queue;

	private final Partitions partitions;

	private final String written;

	/** One thread at a time makes a round. */
	private final ReentrantLock lock = new ReentrantLock();

	/** What partitions have told, and the ledger does not know yet. */
	private final Map<String, Held> heard = new ConcurrentHashMap<>();

	/** Partitions without a share from which tasks were wanted. */
	private final Set<String> starved = ConcurrentHashMap.newKeySet();

	private volatile Map<String, Share> shares = Map.of();

	private volatile Duration lifetime = Duration.ofSeconds(30);

	private volatile boolean exists;

	private volatile boolean consumes;

	private volatile boolean produces;

	/** Whether the ledger knows what this application does. */
	private volatile boolean noted;

	private volatile long triedNanos = System.nanoTime() - RETRY_NANOS;

	Ledger(QueueAccess plain, Partitions partitions) {
		this.queue = new QueueAccess(plain.name(),
				QueueKeys.withLedger(plain.client().settings().keyPrefix(), plain.name()), plain.settings(),
				plain.client(), plain.log());
		this.partitions = partitions;
		this.written = String.join(" ", partitions.written().stream().map(QueuePartition::tag).toList());
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
			this.triedNanos = System.nanoTime() - RETRY_NANOS;
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
		return passed < RETRY_NANOS || (this.noted && passed < this.lifetime.toNanos() / 3);
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
			take(tag);
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
	 * Looks for tasks in all partitions without a share, once a second at the most.
	 * @return whether shares may have changed
	 */
	boolean catchUpAll() {
		if (!this.exists || System.nanoTime() - this.triedNanos < RETRY_NANOS) {
			return false;
		}
		this.triedNanos = System.nanoTime();
		return catchUp(this.shares.keySet().stream().filter(this::isWithoutShare).toList());
	}

	private boolean catchUp(List<String> without) {
		boolean needed = this.shares.values().stream().anyMatch((share) -> !share.settled());
		for (String tag : without) {
			this.starved.remove(tag);
			needed |= tag.equals(this.queue.name());
			take(tag);
			Held held = this.heard.get(tag);
			needed |= held != null && held.tasks() > 0;
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
		Share share = this.shares.get(tag);
		return share != null && share.share() == 0;
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
		}
		catch (RuntimeException ex) {
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
				this.partitions.all().forEach((partition) -> take(partition.tag()));
			}
			Map<String, Held> told = Map.of();
			for (int step = 0; step < MAX_STEPS; step++) {
				told = new LinkedHashMap<>(this.heard);
				told.forEach(this.heard::remove);
				shareOut(told);
				this.shares.values().stream().filter((share) -> !share.settled()).forEach((share) -> take(share.tag()));
				if (told.entrySet().containsAll(this.heard.entrySet())) {
					this.heard.clear();
					break;
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void shareOut(Map<String, Held> told) {
		boolean consumer = this.consumes;
		boolean member = consumer || this.produces;
		Arguments arguments = new Arguments().add(member ? this.queue.client().instance().nonce() : "")
			.add(consumer ? this.queue.settings().workingLimit() : 0)
			.addMillis(this.lifetime)
			.add(this.written);
		told.forEach((tag, held) -> arguments.add(tag).add(held.number()).add(held.held()).add(held.tasks()));
		List<Object> reply = Reply.list(this.queue.execute(Scripts.SHARE_OUT, arguments), 1);
		this.exists = true;
		this.noted = member && consumer == this.consumes;
		Map<String, Share> said = new LinkedHashMap<>();
		for (int i = 0; i < reply.size(); i += 5) {
			Share share = new Share(Reply.text(reply, i), Reply.number(reply, i + 1), Reply.number(reply, i + 2),
					Reply.number(reply, i + 3) == 1, Reply.number(reply, i + 4) == 1);
			said.put(share.tag(), share);
		}
		this.shares = said;
		this.partitions.learn(new ArrayList<>(said.keySet()));
	}

	/**
	 * Gives a partition its share, and keeps what it tells for the ledger. One that
	 * cannot be reached gets it later.
	 */
	private void take(String tag) {
		if (tag.equals(this.queue.name())) {
			return; // it lies beside the ledger
		}
		@Nullable Share share = this.shares.get(tag);
		Arguments arguments = (share != null)
				? new Arguments().add(share.number()).add(share.share()).add(share.paused())
				: new Arguments().add(0).add(0).add(false);
		try {
			List<Object> reply = this.partitions.tagged(tag).access().execute(Scripts.TAKE_SHARE, arguments);
			this.heard.put(tag, new Held(Reply.number(reply, 0), Reply.number(reply, 1), Reply.number(reply, 2)));
		}
		catch (RuntimeException ex) {
			logger.debug("Queue {}: partition {} cannot be given its share now", this.queue.name(), tag, ex);
		}
	}

	/**
	 * A partition's share of the working limit, as the ledger has it.
	 *
	 * @param tag the partition
	 * @param number counts a partition's shares
	 * @param share how many tasks may be working at once
	 * @param paused whether the queue is paused
	 * @param settled whether the partition is known to keep to it
	 */
	private record Share(String tag, long number, long share, boolean paused, boolean settled) {
	}

	/**
	 * What a partition has told.
	 *
	 * @param number the number of its share
	 * @param held how many tasks it works on or may take
	 * @param tasks how many living tasks it has
	 */
	private record Held(long number, long held, long tasks) {
	}

}
