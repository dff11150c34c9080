package io.arque.samples.benchmark.measure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

import org.springframework.boot.system.JavaVersion;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.VirtualThreadTaskExecutor;

/**
 * {@code Work} is done and timed.
 */
public final class Work {

	private static final Duration PATIENCE = Duration.ofMinutes(5);

	private Work() {
	}

	/**
	 * Does something that handles a number of tasks.
	 * @param tasks how many
	 * @param work handles them
	 * @return tasks per second
	 * @throws Exception if the work failed
	 */
	public static double perSecond(int tasks, Callable<?> work) throws Exception {
		long start = System.nanoTime();
		work.call();
		return tasks * 1e9 / (System.nanoTime() - start);
	}

	/**
	 * Lets several callers do the same at once.
	 * @param callers how many threads
	 * @param tasks how often it is done, by all of them together
	 * @param work is given the caller's number
	 * @return how often a second
	 * @throws Exception if a caller failed
	 */
	public static double byCallers(int callers, int tasks, IntConsumer work) throws Exception {
		Executor threads = threads(callers);
		CountDownLatch ready = new CountDownLatch(callers);
		CountDownLatch go = new CountDownLatch(1);
		int each = Math.max(1, tasks / callers);
		List<CompletableFuture<Void>> all = new ArrayList<>();
		for (int i = 0; i < callers; i++) {
			int caller = i;
			all.add(CompletableFuture.runAsync(() -> {
				ready.countDown();
				await(go);
				for (int task = 0; task < each; task++) {
					work.accept(caller);
				}
			}, threads));
		}
		ready.await();
		return perSecond(each * callers, () -> {
			go.countDown();
			return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
				.get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
		});
	}

	/**
	 * Waits until something has happened.
	 * @param done whether it has
	 * @throws InterruptedException if interrupted
	 */
	public static void await(BooleanSupplier done) throws InterruptedException {
		long start = System.nanoTime();
		while (!done.getAsBoolean()) {
			if (System.nanoTime() - start > PATIENCE.toNanos()) {
				throw new IllegalStateException("Nothing has come of it for " + PATIENCE.toMinutes() + " minutes");
			}
			Thread.sleep(2);
		}
	}

	/**
	 * Whether this JVM has virtual threads.
	 * @return whether it has
	 */
	public static boolean hasVirtualThreads() {
		return JavaVersion.getJavaVersion().isEqualOrNewerThan(JavaVersion.TWENTY_ONE);
	}

	/**
	 * So many callers would be requests, served by virtual threads where there are any.
	 */
	private static Executor threads(int callers) {
		return (callers > 64 && hasVirtualThreads()) ? new VirtualThreadTaskExecutor("caller-")
				: new SimpleAsyncTaskExecutor("caller-");
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted before it began", ex);
		}
	}

}
