package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.arque.redis.ArqueClient;
import io.arque.redis.RedisQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code SlowLook} looks at one queue a second, in turn, to find what a lost wake-up
 * message would have told: a queue that is consumed here is fetched from, one that this
 * application only feeds is swept. The same call brings the counts for the gauges, when
 * those are older than their refresh interval. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class SlowLook extends QueueWatch {

	private static final Logger logger = LoggerFactory.getLogger(SlowLook.class);

	private static final Duration PERIOD = Duration.ofSeconds(1);

	/** An instance is thought to live for three times this at least. */
	private static final Duration LIFE = Duration.ofSeconds(10);

	private final ArqueClient client;

	private final Duration sweepInterval;

	private final Duration refreshInterval;

	private final Map<String, Long> lookedNanos = new HashMap<>();

	private final Map<String, Long> countedNanos = new HashMap<>();

	private String last = "";

	/** Queues whose last sweep failed; used by the looking thread only. */
	private final Outages outages = new Outages(logger, "Queue {} cannot be swept", "Queue {} can be swept again");

	/**
	 * Creates the slow look.
	 * @param client the application's client
	 * @param sweepInterval how often a queue is swept that this application only feeds;
	 * zero for never
	 * @param refreshInterval how old the counts of a queue may be before the next look
	 * brings new ones
	 */
	public SlowLook(ArqueClient client, Duration sweepInterval, Duration refreshInterval) {
		super("arque-look", PERIOD);
		this.client = client;
		this.sweepInterval = sweepInterval;
		this.refreshInterval = refreshInterval;
	}

	@Override
	List<Runnable> duties() {
		return List.of(this::look);
	}

	/**
	 * Returns how long it takes to look at every queue once.
	 * @return the time
	 */
	Duration roundTime() {
		int partitions = this.client.queues().stream().mapToInt((queue) -> queue.partitions().size()).sum();
		return PERIOD.multipliedBy(Math.max(1, partitions));
	}

	private void look() {
		this.client.queues().forEach(RedisQueue::catchUp);
		Map<String, List<QueueSource>> consumed = new HashMap<>();
		sources().forEach(
				(source) -> consumed.computeIfAbsent(source.partition().tag(), (tag) -> new ArrayList<>()).add(source));
		String next = next(consumed.keySet());
		if (next == null) {
			return;
		}
		this.last = next;
		try {
			look(next, consumed.getOrDefault(next, List.of()));
			this.outages.succeeded(next);
		}
		catch (RuntimeException ex) {
			this.outages.failed(next, ex);
		}
	}

	private void look(String tag, List<QueueSource> consumers) {
		boolean counts = isOver(this.countedNanos, tag, this.refreshInterval);
		mark(this.lookedNanos, tag);
		if (counts) {
			mark(this.countedNanos, tag);
		}
		Duration lives = roundTime().plus(this.sweepInterval).plus(LIFE).multipliedBy(3);
		if (!consumers.isEmpty()) {
			consumers.forEach((consumer) -> consumer.look(counts));
			consumers.get(0).queue().tend(tag, lives);
			return;
		}
		RedisQueue queue = this.client.queue(tag);
		this.client.metrics().observed(tag, queue.sweepAndCount().stats());
		queue.tend(tag, lives);
	}

	/**
	 * The first queue behind the last one that is consumed here, or due to be swept.
	 */
	private @Nullable String next(Set<String> consumed) {
		TreeSet<String> candidates = new TreeSet<>(consumed);
		if (!this.sweepInterval.isZero()) {
			for (RedisQueue queue : this.client.queues()) {
				if (isOver(this.lookedNanos, queue.name(), this.sweepInterval)) {
					candidates.add(queue.name());
				}
			}
		}
		if (candidates.isEmpty()) {
			return null;
		}
		String behind = candidates.higher(this.last);
		return (behind != null) ? behind : candidates.first();
	}

	private static void mark(Map<String, Long> times, String queue) {
		times.put(queue, System.nanoTime());
	}

	private static boolean isOver(Map<String, Long> times, String queue, Duration interval) {
		Long time = times.get(queue);
		return time == null || System.nanoTime() - time >= interval.toNanos();
	}

}
