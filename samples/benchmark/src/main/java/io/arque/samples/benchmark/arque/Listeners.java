package io.arque.samples.benchmark.arque;

import java.util.concurrent.atomic.LongAdder;

import io.arque.annotation.ArqueListener;
import io.arque.samples.benchmark.measure.Latency;
import io.arque.samples.benchmark.measure.Order;
import org.jspecify.annotations.Nullable;

/**
 * {@code Listeners} are the handlers that are measured, each started when it is its turn.
 */
class Listeners {

	private static final int SLOW_MILLIS = 20;

	private final LongAdder handled = new LongAdder();

	private volatile @Nullable Latency latency;

	@ArqueListener(id = "drain-10", queues = "drain-10", concurrency = "10", autoStartup = "false")
	void drainByTen(Order order) {
		this.handled.increment();
	}

	@ArqueListener(id = "drain-100", queues = "drain-100", concurrency = "100", autoStartup = "false")
	void drainByHundred(Order order) {
		this.handled.increment();
	}

	@ArqueListener(id = "slow", queues = "slow", concurrency = "200", autoStartup = "false")
	void workSlowly(Order order) throws InterruptedException {
		Thread.sleep(SLOW_MILLIS);
		this.handled.increment();
	}

	@ArqueListener(id = "latency", queues = "latency", autoStartup = "false")
	void arrive(Order order) {
		Latency current = this.latency;
		if (current != null) {
			current.arrived(order.index());
		}
	}

	long handled() {
		return this.handled.sum();
	}

	/**
	 * Returns how many tasks were handled, and begins to count anew.
	 */
	long takeHandled() {
		return this.handled.sumThenReset();
	}

	void latency(@Nullable Latency latency) {
		this.latency = latency;
	}

}
