package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code Shares} of a queue's working limit are carried between the ledger in Redis,
 * which divides it, and the partitions, which keep to them. What is known here may be out
 * of date: shares are numbered, and a partition takes none that is older than what it
 * has. Safe for use by many threads.
 */
final class Shares {

	private static final Logger logger = LoggerFactory.getLogger(Shares.class);

	private final QueueAccess queue;

	private final Partitions partitions;

	/** The tags of the partitions that this application writes to. */
	private final String written;

	/** What partitions have told, and the ledger does not know yet. */
	private final Map<String, Held> heard = new ConcurrentHashMap<>();

	private volatile Map<String, Share> all = Map.of();

	/**
	 * Begins without any.
	 * @param queue the plain queue, with the ledger's key
	 * @param partitions those that are known
	 */
	Shares(QueueAccess queue, Partitions partitions) {
		this.queue = queue;
		this.partitions = partitions;
		this.written = String.join(" ", partitions.written().stream().map(QueuePartition::tag).toList());
	}

	/**
	 * Whether a partition is known to have none.
	 * @param tag the partition
	 * @return whether its share is 0
	 */
	boolean isWithout(String tag) {
		Share share = this.all.get(tag);
		return share != null && share.share() == 0;
	}

	/**
	 * Returns the partitions that are known to have none.
	 * @return their tags
	 */
	List<String> without() {
		return this.all.keySet().stream().filter(this::isWithout).toList();
	}

	/**
	 * Whether every partition is known to keep to its share.
	 * @return whether nothing is left to be done
	 */
	boolean areSettled() {
		return this.all.values().stream().allMatch(Share::settled);
	}

	/**
	 * Tells the ledger what partitions have told, has it divide the limit anew, and
	 * carries the shares to the partitions. One thread at a time.
	 * @param member whether this application writes to or consumes the partitions
	 * @param workingLimit its working limit, 0 when it does not consume
	 * @param lifetime how long it is thought to live when it does not call again
	 * @return whether partitions have told what the ledger does not know yet
	 */
	boolean divide(boolean member, int workingLimit, Duration lifetime) {
		Map<String, Held> told = new LinkedHashMap<>(this.heard);
		told.forEach(this.heard::remove);
		ask(member, workingLimit, lifetime, told);
		this.all.values().stream().filter((share) -> !share.settled()).forEach((share) -> carry(share.tag()));
		if (told.entrySet().containsAll(this.heard.entrySet())) {
			this.heard.clear();
			return false;
		}
		return true;
	}

	private void ask(boolean member, int workingLimit, Duration lifetime, Map<String, Held> told) {
		Arguments arguments = new Arguments().add(member ? this.queue.client().instance().nonce() : "")
			.add(workingLimit)
			.addMillis(lifetime)
			.add(this.written);
		told.forEach((tag, held) -> arguments.add(tag).add(held.number()).add(held.held()).add(held.tasks()));
		List<Object> reply = Reply.list(this.queue.execute(Scripts.SHARE_OUT, arguments), 1);
		Map<String, Share> said = new LinkedHashMap<>();
		for (int i = 0; i < reply.size(); i += 5) {
			Share share = new Share(Reply.text(reply, i), Reply.number(reply, i + 1), Reply.number(reply, i + 2),
					Reply.number(reply, i + 3) == 1, Reply.number(reply, i + 4) == 1);
			said.put(share.tag(), share);
		}
		this.all = said;
		this.partitions.learn(new ArrayList<>(said.keySet()));
	}

	/**
	 * Gives a partition its share, and keeps what it tells for the ledger. One that
	 * cannot be reached gets it later; that of the plain queue lies beside the ledger.
	 * @param tag the partition
	 * @return how many living tasks it has, 0 if it could not be asked
	 */
	long carry(String tag) {
		if (tag.equals(this.queue.name())) {
			return 0;
		}
		@Nullable Share share = this.all.get(tag);
		Arguments arguments = (share != null)
				? new Arguments().add(share.number()).add(share.share()).add(share.paused())
				: new Arguments().add(0).add(0).add(false);
		try {
			List<Object> reply = this.partitions.tagged(tag).access().execute(Scripts.TAKE_SHARE, arguments);
			Held held = new Held(Reply.number(reply, 0), Reply.number(reply, 1), Reply.number(reply, 2));
			this.heard.put(tag, held);
			return held.tasks();
		}
		catch (RuntimeException ex) {
			logger.debug("Queue {}: partition {} cannot be given its share now", this.queue.name(), tag, ex);
			return 0;
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
