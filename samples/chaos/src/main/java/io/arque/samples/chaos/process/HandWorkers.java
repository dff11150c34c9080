package io.arque.samples.chaos.process;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.dao.DataAccessException;

/**
 * {@code HandWorkers} work without a listener, a thread for each queue: they take a few
 * tasks, do them one after the other, and release each. Nobody renews their leases, so
 * that a process that was stopped for long tries to release what it has lost. At a stop
 * they hand back what they have not begun.
 */
class HandWorkers implements SmartLifecycle {

	private static final int BATCH = 5;

	private static final Duration WAIT = Duration.ofSeconds(1);

	private static final Duration PAUSE = Duration.ofMillis(50);

	private final ArqueOperations operations;

	private final Work work;

	private final RecordWriter record;

	private final List<String> queues;

	private final List<Thread> threads = new ArrayList<>();

	private volatile boolean running;

	HandWorkers(ArqueOperations operations, Work work, RecordWriter record, @Value("${chaos.queues}") String queues) {
		this.operations = operations;
		this.work = work;
		this.record = record;
		this.queues = Arrays.asList(queues.split(","));
	}

	@Override
	public void start() {
		this.running = true;
		this.record.write(Kind.READY, System.currentTimeMillis());
		for (String queue : this.queues) {
			Thread thread = new Thread(() -> run(queue), "by-hand-" + queue);
			this.threads.add(thread);
			thread.start();
		}
	}

	@Override
	public void stop() {
		this.record.write(Kind.STOPPING);
		this.running = false;
		try {
			for (Thread thread : this.threads) {
				thread.join();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/**
	 * Before the listener's container, so that what it does from now on is known as a
	 * stop.
	 */
	@Override
	public int getPhase() {
		return Integer.MAX_VALUE;
	}

	/** Nothing but a stop ends it: without its half of the work all would look well. */
	private void run(String queue) {
		try {
			work(this.operations.queue(queue));
		}
		catch (InterruptedException | RuntimeException | Error ex) {
			if (this.running) {
				Parent.halt(ex);
			}
		}
	}

	private void work(ArqueQueue queue) throws InterruptedException {
		while (this.running) {
			try {
				List<LeasedTask> tasks = queue.dequeue(BATCH, WAIT).tasks();
				for (LeasedTask task : tasks) {
					if (this.running) {
						this.work.doShortTask(task);
						settle(() -> queue.release(task));
					}
					else {
						settle(() -> queue.handBack(task));
					}
				}
			}
			catch (DataAccessException ex) {
				pause();
			}
		}
	}

	/**
	 * Tries for as long as it may be heard: until the answer comes, or the lease is lost.
	 */
	private void settle(Runnable settlement) {
		for (int tries = 0; tries < 100; tries++) {
			try {
				settlement.run();
				return;
			}
			catch (LeaseLostException ex) {
				return; // recorded, as is what Redis carried out
			}
			catch (DataAccessException ex) {
				pause();
			}
		}
	}

	private static void pause() {
		try {
			Thread.sleep(PAUSE.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
