package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.arque.DequeueResult;
import io.arque.DequeueResult.Reason;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.test.OnePartition;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A waiting dequeue looks by itself once a second: what is found sooner than that, in
 * more than half of the rounds, was told by a message.
 */
@Timeout(60)
class DequeueWaitTests {

	private static final int ROUNDS = 7;

	private static final Duration LONG = Duration.ofSeconds(20);

	private static final Duration SOON = Duration.ofMillis(400);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void isWokenByAnEnqueueOfAnotherClient() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		List<Duration> latencies = rounds(waiting, () -> this.fixture.template().enqueue(this.fixture.name(), "x"),
				Duration.ZERO);
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	void isWokenWhenADelayedTaskIsDue() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		Duration delay = Duration.ofMillis(150);
		List<Duration> latencies = rounds(waiting,
				() -> this.fixture.template().enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDelay(delay)),
				delay);
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByAReleaseWhenThrottled() {
		TestSettings one = TestSettings.settings().workingLimit(1);
		RedisQueue holder = this.fixture.queueOfAnother(one);
		ArqueClient waiting = this.fixture.newClient(one);
		List<Duration> latencies = rounds(waiting, () -> {
			this.fixture.template().enqueueAll(this.fixture.name(), List.of("held", "waited for"));
			return holder.dequeue(1, Duration.ZERO).tasks().get(0);
		}, holder::release);
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByARequeueOrAHandBackWhenThrottled() {
		TestSettings one = TestSettings.settings().workingLimit(1);
		RedisQueue holder = this.fixture.queueOfAnother(one);
		ArqueClient waiting = this.fixture.newClient(one);
		int[] round = new int[1];
		List<Duration> latencies = rounds(waiting, () -> {
			this.fixture.template().enqueue(this.fixture.name(), "held");
			return holder.dequeue(1, Duration.ZERO).tasks().get(0);
		}, (task) -> {
			if (round[0]++ % 2 == 0) {
				holder.requeue(task, Duration.ZERO);
			}
			else {
				holder.handBack(task);
			}
		});
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	void isWokenByAResume() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		List<Duration> latencies = rounds(waiting, () -> {
			this.fixture.queue().pause();
			this.fixture.template().enqueue(this.fixture.name(), "x");
			return "x";
		}, (paused) -> this.fixture.queue().resume());
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByARaisedLimit() {
		RedisQueue holder = this.fixture.queue();
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		List<Duration> latencies = rounds(waiting, () -> {
			holder.workingLimit(1);
			this.fixture.template().enqueueAll(this.fixture.name(), List.of("held", "waited for"));
			return holder.dequeue(1, Duration.ZERO).tasks().get(0);
		}, (held) -> {
			holder.workingLimit(2);
			holder.release(held);
		});
		assertThat(latencies.get(ROUNDS / 2)).isLessThan(SOON);
	}

	@Test
	void takesOverWhenALeaseExpires() {
		TestSettings brief = TestSettings.settings().leaseDuration(Duration.ofSeconds(1));
		this.fixture.template().enqueue(this.fixture.name(), "x");
		LeasedTask lost = this.fixture.queueOfAnother(brief).dequeue(1, Duration.ZERO).tasks().get(0);
		LeasedTask taken = this.fixture.queueOfAnother(brief).dequeue(1, LONG).tasks().get(0);
		assertThat(taken.id()).isEqualTo(lost.id());
		assertThat(taken.delivery().dequeuedAt()).isAfterOrEqualTo(lost.lease().deadline());
	}

	@Test
	void tellsWhyNothingCameWhenTheTimeIsOver() {
		long start = System.nanoTime();
		DequeueResult result = this.fixture.queue().dequeue(1, Duration.ofMillis(300));
		assertThat(result).isEqualTo(new DequeueResult(List.of(), Reason.EMPTY));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
	}

	@Test
	void returnsEmptyHandedWhenInterruptedAndStaysInterrupted() throws Exception {
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			DequeueResult result = this.fixture.queue().dequeue(1, LONG);
			interrupted.complete(result.isEmpty() && Thread.currentThread().isInterrupted());
		});
		thread.start();
		this.fixture.awaitWaiter(this.fixture.client());
		await().pollInterval(Duration.ofMillis(2)).until(() -> isWaitingForAMessage(thread));
		thread.interrupt();
		assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	@OwnServer
	void waitsWithoutPolling() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory factory = redis.newConnectionFactory();
			try {
				QueueFixture quiet = new QueueFixture(factory);
				assertThat(quiet.queue().dequeue(1, Duration.ofMillis(2500)).isEmpty()).isTrue();
				// the first look, one for the subscription, one a second, the last
				assertThat(RedisServers.scriptCalls(factory)).isBetween(2L, 8L);
				quiet.client().wakeUp().stop();
			}
			finally {
				factory.destroy();
			}
		}
	}

	private static boolean isWaitingForAMessage(Thread thread) {
		return Arrays.stream(thread.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().equals(Semaphore.class.getName()));
	}

	private List<Duration> rounds(ArqueClient waiting, Runnable trigger, Duration expected) {
		return rounds(waiting, () -> "", (nothing) -> trigger.run()).stream()
			.map((latency) -> latency.minus(expected))
			.toList();
	}

	/**
	 * Lets a client wait and measures how long after the trigger it gets its task.
	 * @return the latencies, the shortest first
	 */
	private <T> List<Duration> rounds(ArqueClient waiting, Supplier<T> prepare, Consumer<T> trigger) {
		List<Duration> latencies = new ArrayList<>();
		RedisQueue queue = waiting.queue(this.fixture.name());
		for (int round = 0; round < ROUNDS; round++) {
			T prepared = prepare.get();
			CompletableFuture<Long> arrival = CompletableFuture.supplyAsync(() -> {
				List<LeasedTask> tasks = queue.dequeue(1, LONG).tasks();
				long now = System.nanoTime();
				assertThat(tasks).hasSize(1);
				queue.release(tasks.get(0));
				return now;
			});
			this.fixture.awaitWaiter(waiting);
			long start = System.nanoTime();
			trigger.accept(prepared);
			latencies.add(Duration.ofNanos(arrival.join() - start));
			await().until(() -> this.fixture.queue().stats().tasks() == 0);
		}
		return latencies.stream().sorted().toList();
	}

}
