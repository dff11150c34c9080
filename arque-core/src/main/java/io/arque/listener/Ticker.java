package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * {@code Ticker} calls each of its tasks again and again, every task on a thread of its
 * own, between a start and a stop. A task must not throw. Safe for use by many threads.
 */
final class Ticker {

	private final String name;

	private final Duration period;

	private final List<Runnable> tasks;

	private @Nullable ScheduledThreadPoolExecutor threads;

	Ticker(String name, Duration period, Runnable... tasks) {
		this.name = name;
		this.period = period;
		this.tasks = List.of(tasks);
	}

	synchronized void start() {
		if (this.threads != null) {
			return;
		}
		ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(this.tasks.size(), (task) -> {
			Thread thread = new Thread(task, this.name);
			thread.setDaemon(true);
			return thread;
		});
		long millis = this.period.toMillis();
		this.tasks.forEach((task) -> executor.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS));
		this.threads = executor;
	}

	synchronized void stop() {
		if (this.threads != null) {
			this.threads.shutdownNow();
			this.threads = null;
		}
	}

	synchronized boolean isRunning() {
		return this.threads != null;
	}

}
