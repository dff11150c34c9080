package io.arque.redis;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.arque.Checks;
import io.arque.DequeueResult;
import io.arque.redis.Fetch.Join;

/**
 * {@code HandDequeue} leases tasks for workers that are their own loop. A call that got
 * no answer is repeated by the next one, so that leases which it may have given are not
 * left to expire.
 */
final class HandDequeue {

	/** What a lost wake-up message may cost: the waiting call looks this often. */
	static final Duration SLOW_LOOK = Duration.ofSeconds(1);

	private final QueueAccess queue;

	private final Partitions partitions;

	private final Ledger ledger;

	private final Queue<HandRound> idle = new ConcurrentLinkedQueue<>();

	HandDequeue(QueueAccess queue, Partitions partitions, Ledger ledger) {
		this.queue = queue;
		this.partitions = partitions;
		this.ledger = ledger;
	}

	DequeueResult dequeue(int max, Duration wait) {
		if (max < 1 || max > Fetch.MAX_TASKS) {
			throw new IllegalArgumentException("max must be 1 to " + Fetch.MAX_TASKS + ", it is " + max);
		}
		if (Checks.notNull(wait, "wait").isNegative()) {
			throw new IllegalArgumentException("wait must not be negative, it is " + wait);
		}
		HandRound round = this.idle.poll();
		if (round == null) {
			round = new HandRound(this.partitions, this.ledger);
		}
		try {
			return wait.isZero() ? round.take(max, Join.NEVER) : await(round, max, wait);
		}
		finally {
			this.idle.add(round);
		}
	}

	private DequeueResult await(HandRound round, int max, Duration wait) {
		long end = System.nanoTime() + ((wait.compareTo(Checks.FOREVER) < 0) ? wait : Checks.FOREVER).toNanos();
		Map<QueuePartition, WakeUp.Subscription> subscriptions = new HashMap<>();
		Semaphore woken = new Semaphore(0);
		try {
			while (true) {
				this.partitions.all()
					.forEach((partition) -> subscriptions.computeIfAbsent(partition,
							(own) -> this.queue.client().wakeUp().subscribe(own.tag(), woken::release)));
				long left = end - System.nanoTime();
				DequeueResult result = round.take(max, (left > 0) ? Join.WHEN_EMPTY : Join.NEVER);
				if (!result.isEmpty() || left <= 0) {
					return result;
				}
				long pause = Math.min(left, Math.min(this.queue.client().slowLook().toNanos(), round.nextLookNanos()));
				if (woken.tryAcquire(pause, TimeUnit.NANOSECONDS)) {
					woken.drainPermits();
				}
			}
		}
		catch (InterruptedException ex) {
			try {
				round.leave();
			}
			finally {
				Thread.currentThread().interrupt();
			}
			return new DequeueResult(List.of(), DequeueResult.Reason.EMPTY);
		}
		finally {
			subscriptions.values().forEach(WakeUp.Subscription::close);
		}
	}

}
