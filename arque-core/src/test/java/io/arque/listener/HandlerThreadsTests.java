package io.arque.listener;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Threads that are woken only when needed, and always then.
 */
class HandlerThreadsTests {

	private final Set<Thread> started = ConcurrentHashMap.newKeySet();

	private final AtomicReference<Throwable> uncaught = new AtomicReference<>();

	private final HandlerThreads threads = new HandlerThreads((task) -> {
		Thread thread = new Thread(task);
		thread.setDaemon(true);
		thread.setUncaughtExceptionHandler((where, ex) -> this.uncaught.set(ex));
		this.started.add(thread);
		return thread;
	});

	@AfterEach
	void close() {
		this.threads.close();
	}

	@Test
	void tasksThatBlockAllHaveAThread() throws Exception {
		CyclicBarrier barrier = new CyclicBarrier(51);
		Runnable blocking = () -> {
			try {
				barrier.await(30, TimeUnit.SECONDS);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		};
		execute(Collections.nCopies(30, blocking));
		for (int i = 0; i < 20; i++) {
			execute(List.of(blocking));
		}
		barrier.await(30, TimeUnit.SECONDS); // only together do they get past it
		assertThat(this.started).hasSize(50);
	}

	@Test
	void refusesAllForWhichThereIsNoMemory() {
		AtomicInteger refused = new AtomicInteger();
		List<Runnable> noMemoryAtFirst = new ShortOfMemory<>(
				Collections.nCopies(3, () -> this.uncaught.set(new AssertionError())), 1);
		this.threads.execute(noMemoryAtFirst, (task, ex) -> refused.incrementAndGet());
		assertThat(refused).hasValue(3);
		assertThat(this.started).isEmpty();
		assertThat(this.uncaught).hasNullValue();
	}

	@Test
	void aTaskThatComesWhenAllSleepIsRun() throws Exception {
		for (int i = 0; i < 20_000; i++) { // the moment at which a thread falls asleep
			CountDownLatch done = new CountDownLatch(1);
			execute(List.of(done::countDown));
			assertThat(done.await(10, TimeUnit.SECONDS)).as("task %s", i).isTrue();
		}
		assertThat(this.started).hasSizeLessThan(10);
	}

	@Test
	void tasksOfManyThreadsAreAllRunOnce() throws Exception {
		AtomicInteger runs = new AtomicInteger();
		List<Thread> callers = IntStream.range(0, 4)
			.mapToObj((caller) -> new Thread(
					() -> IntStream.range(0, 50_000).forEach((i) -> execute(List.of(runs::incrementAndGet)))))
			.toList();
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join();
		}
		await().until(() -> runs.get() == 200_000);
	}

	@Test
	void shortTasksAreRunByFewThreads() {
		AtomicInteger runs = new AtomicInteger();
		execute(Stream.generate(() -> (Runnable) runs::incrementAndGet).limit(10_000).toList());
		await().until(() -> runs.get() == 10_000);
		assertThat(this.started).hasSizeLessThan(100);
	}

	@Test
	void aTaskThatThrowsDoesNotEndItsThread() {
		AtomicInteger runs = new AtomicInteger();
		execute(List.of(() -> {
			throw new IllegalStateException("thrown by the test");
		}));
		await().until(() -> this.uncaught.get() != null);
		execute(List.of(runs::incrementAndGet));
		await().until(() -> runs.get() == 1);
		assertThat(this.uncaught.get()).hasMessage("thrown by the test");
		assertThat(this.started).hasSizeLessThan(3);
	}

	@Test
	void withoutAThreadTheTasksAreRefused() {
		HandlerThreads none = new HandlerThreads((task) -> {
			throw new OutOfMemoryError("unable to create native thread, says the test");
		});
		AtomicInteger refused = new AtomicInteger();
		none.execute(List.of(() -> {
		}, () -> {
		}), (task, ex) -> refused.incrementAndGet());
		assertThat(refused).hasValue(2);
	}

	@Test
	void withOneThreadOnlyItRunsAllTasksAndNoneIsInterruptedForAnother() throws Exception {
		AtomicInteger factoryCalls = new AtomicInteger();
		HandlerThreads one = new HandlerThreads((task) -> {
			if (factoryCalls.getAndIncrement() > 0) {
				throw new OutOfMemoryError("unable to create native thread, says the test");
			}
			return new Thread(task);
		});
		Set<Thread> ranOn = ConcurrentHashMap.newKeySet();
		AtomicInteger interrupted = new AtomicInteger();
		CountDownLatch done = new CountDownLatch(100);
		Runnable task = () -> {
			interrupted.addAndGet(Thread.interrupted() ? 1 : 0);
			ranOn.add(Thread.currentThread());
			Thread.currentThread().interrupt();
			done.countDown();
		};
		one.execute(Collections.nCopies(100, task), (refused, ex) -> {
			throw new IllegalStateException(ex);
		});
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(ranOn).hasSize(1);
		assertThat(interrupted).hasValue(0);
		assertThat(factoryCalls).as("another thread was wanted").hasValueGreaterThan(1);
		one.close();
	}

	@Test
	void closedWhileAThreadFallsAsleepItEndsThatThread() {
		for (int i = 0; i < 200; i++) {
			Set<Thread> own = ConcurrentHashMap.newKeySet();
			HandlerThreads closing = new HandlerThreads((task) -> {
				Thread thread = new Thread(task);
				own.add(thread);
				return thread;
			});
			closing.execute(List.of(() -> {
			}), (task, ex) -> {
				throw new IllegalStateException(ex);
			});
			closing.close();
			await().pollInterval(1, TimeUnit.MILLISECONDS)
				.atMost(Duration.ofSeconds(10))
				.until(() -> own.stream().noneMatch(Thread::isAlive));
		}
	}

	@Test
	void closedItEndsItsThreadsAndRefusesMore() {
		execute(List.of(() -> {
		}));
		this.threads.close();
		await().atMost(Duration.ofSeconds(10)).until(() -> this.started.stream().noneMatch(Thread::isAlive));
		AtomicReference<Throwable> refused = new AtomicReference<>();
		this.threads.execute(List.of(() -> {
		}), (task, ex) -> refused.set(ex));
		assertThat(refused.get()).isInstanceOf(RejectedExecutionException.class);
	}

	private void execute(List<Runnable> tasks) {
		this.threads.execute(tasks, (task, ex) -> {
			throw new IllegalStateException("Refused", ex);
		});
	}

}
