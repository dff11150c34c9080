package io.arque.samples.benchmark.rqueue;

import java.util.function.IntConsumer;

import com.github.sonus21.rqueue.annotation.RqueueListener;

/**
 * {@code Listener} handles orders by telling that they have arrived.
 */
class Listener {

	private volatile IntConsumer arrivals = (index) -> {
	};

	@RqueueListener(value = "orders", concurrency = "${benchmark.concurrency}", batchSize = "${benchmark.batch-size}")
	void handle(Order order) {
		this.arrivals.accept(order.index());
	}

	void tell(IntConsumer arrivals) {
		this.arrivals = arrivals;
	}

}
