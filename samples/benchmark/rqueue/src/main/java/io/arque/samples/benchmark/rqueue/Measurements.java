package io.arque.samples.benchmark.rqueue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import com.github.sonus21.rqueue.core.RqueueEndpointManager;
import com.github.sonus21.rqueue.core.RqueueMessageEnqueuer;
import com.github.sonus21.rqueue.core.RqueueMessageManager;

/**
 * {@code Measurements} measures as the benchmark does.
 */
class Measurements {

	private static final String WITHOUT_LISTENER = "kept";

	private static final int FILLERS = 16;

	private static final long PERIOD_NANOS = 10_000_000;

	private final RqueueMessageEnqueuer enqueuer;

	private final RqueueMessageManager manager;

	private final RqueueEndpointManager endpoints;

	private final Listener listener;

	Measurements(RqueueMessageEnqueuer enqueuer, RqueueMessageManager manager, RqueueEndpointManager endpoints,
			Listener listener) {
		this.enqueuer = enqueuer;
		this.manager = manager;
		this.endpoints = endpoints;
		this.listener = listener;
	}

	double enqueue(int callers, int tasks, int bytes) throws Exception {
		if (!this.endpoints.isQueueRegistered(WITHOUT_LISTENER)) {
			this.endpoints.registerQueue(WITHOUT_LISTENER);
		}
		double result = perSecond(callers, tasks, WITHOUT_LISTENER, bytes);
		this.manager.deleteAllMessages(WITHOUT_LISTENER);
		return result;
	}

	/**
	 * The listener is never stopped, so this begins with the first task enqueued; filling
	 * the queue takes next to nothing of the time.
	 */
	double drain(int tasks, int bytes) throws Exception {
		CountDownLatch left = new CountDownLatch(tasks);
		this.listener.tell((index) -> left.countDown());
		long start = System.nanoTime();
		perSecond(FILLERS, tasks, "orders", bytes);
		await(left);
		return tasks * 1e9 / (System.nanoTime() - start);
	}

	double[] latency(int millis, int bytes) throws Exception {
		int tasks = millis / 10;
		long[] sent = new long[tasks];
		double[] times = new double[tasks];
		CountDownLatch left = new CountDownLatch(tasks);
		this.listener.tell((index) -> {
			times[index] = (System.nanoTime() - sent[index]) / 1e6;
			left.countDown();
		});
		long start = System.nanoTime();
		for (int task = 0; task < tasks; task++) {
			while (System.nanoTime() - start < task * PERIOD_NANOS) {
				LockSupport.parkNanos(PERIOD_NANOS / 10);
			}
			sent[task] = System.nanoTime();
			this.enqueuer.enqueue("orders", Order.of(task, bytes));
		}
		await(left);
		Arrays.sort(times);
		return new double[] { percentile(times, 0.5), percentile(times, 0.99), percentile(times, 0.999) };
	}

	private double perSecond(int callers, int tasks, String queue, int bytes) throws Exception {
		int each = Math.max(1, tasks / callers);
		int rest = (queue.equals(WITHOUT_LISTENER)) ? 0 : tasks - each * callers;
		ExecutorService threads = Executors.newFixedThreadPool(callers);
		try {
			Order order = Order.of(0, bytes);
			List<Future<?>> all = new ArrayList<>();
			long start = System.nanoTime();
			for (int caller = 0; caller < callers; caller++) {
				int count = each + ((caller == 0) ? rest : 0);
				all.add(threads.submit(() -> {
					for (int task = 0; task < count; task++) {
						this.enqueuer.enqueue(queue, order);
					}
				}));
			}
			for (Future<?> one : all) {
				one.get();
			}
			return each * callers * 1e9 / (System.nanoTime() - start);
		}
		finally {
			threads.shutdown();
		}
	}

	private static void await(CountDownLatch left) throws InterruptedException {
		if (!left.await(5, TimeUnit.MINUTES)) {
			throw new IllegalStateException(left.getCount() + " tasks have not arrived");
		}
	}

	private static double percentile(double[] sorted, double share) {
		return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
	}

}
