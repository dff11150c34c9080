package io.arque.redis;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
 * A waiting dequeue looks by itself once a second, but here once an hour only: what is
 * found was told by a message.
 */
@Timeout(120)
class DequeueWaitTests {

	private static final int ROUNDS = 4;

	/** Shorter than a lease: where it expires there is something to find. */
	private static final Duration LONG = Duration.ofSeconds(20);

	/** When the time is over there is a last look, which finds what no message told. */
	private static final Duration SOON = Duration.ofSeconds(15);

	/** The common pool may have one thread, which Lettuce needs to log in. */
	private static final Executor OWN_THREAD = (work) -> new Thread(work, "waits").start();

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void isWokenByAnEnqueueOfAnotherClient() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		rounds(waiting, () -> "", (nothing) -> this.fixture.template().enqueue(this.fixture.name(), "x"));
	}

	@Test
	void isWokenWhenADelayedTaskIsDue() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		EnqueueOptions later = EnqueueOptions.none().withDelay(Duration.ofMillis(150));
		rounds(waiting, () -> "", (nothing) -> this.fixture.template().enqueue(this.fixture.name(), "x", later));
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByAReleaseWhenThrottled() {
		TestSettings one = TestSettings.settings().workingLimit(1);
		RedisQueue holder = this.fixture.queueOfAnother(one);
		ArqueClient waiting = this.fixture.newClient(one);
		rounds(waiting, () -> {
			this.fixture.template().enqueueAll(this.fixture.name(), List.of("held", "waited for"));
			return holder.dequeue(1, Duration.ZERO).tasks().get(0);
		}, holder::release);
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByARequeueOrAHandBackWhenThrottled() {
		TestSettings one = TestSettings.settings().workingLimit(1);
		RedisQueue holder = this.fixture.queueOfAnother(one);
		ArqueClient waiting = this.fixture.newClient(one);
		int[] round = new int[1];
		rounds(waiting, () -> {
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
	}

	@Test
	void isWokenByAResume() {
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		rounds(waiting, () -> {
			this.fixture.queue().pause();
			this.fixture.template().enqueue(this.fixture.name(), "x");
			return "x";
		}, (paused) -> this.fixture.queue().resume());
	}

	@Test
	@OnePartition("The limits are below the number of partitions")
	void isWokenByARaisedLimit() {
		RedisQueue holder = this.fixture.queue();
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		rounds(waiting, () -> {
			holder.workingLimit(1);
			this.fixture.template().enqueueAll(this.fixture.name(), List.of("held", "waited for"));
			return holder.dequeue(1, Duration.ZERO).tasks().get(0);
		}, (held) -> holder.workingLimit(2), holder::release);
	}

	@Test
	void takesOverWhenALeaseExpires() {
		TestSettings brief = TestSettings.settings().leaseDuration(Duration.ofSeconds(1));
		this.fixture.template().enqueue(this.fixture.name(), "x");
		LeasedTask lost = this.fixture.queueOfAnother(brief).dequeue(1, Duration.ZERO).tasks().get(0);
		ArqueClient waiting = this.fixture.newClient(brief);
		waiting.slowLook(Duration.ofHours(1));
		long start = System.nanoTime();
		LeasedTask taken = waiting.queue(this.fixture.name()).dequeue(1, LONG).tasks().get(0);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
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
				// the first look, one for the subscription, one a second, the last,
				// however long each takes
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

	private <T> void rounds(ArqueClient waiting, Supplier<T> prepare, Consumer<T> trigger) {
		rounds(waiting, prepare, trigger, (prepared) -> {
		});
	}

	/**
	 * Lets a client wait, and get its task after the trigger. In the first round it may
	 * be the subscription that wakes it, which begins then.
	 */
	private <T> void rounds(ArqueClient waiting, Supplier<T> prepare, Consumer<T> trigger, Consumer<T> cleanUp) {
		waiting.slowLook(Duration.ofHours(1));
		RedisQueue queue = waiting.queue(this.fixture.name());
		for (int round = 0; round < ROUNDS; round++) {
			T prepared = prepare.get();
			CompletableFuture<List<LeasedTask>> arrival = CompletableFuture
				.supplyAsync(() -> queue.dequeue(1, LONG).tasks(), OWN_THREAD);
			this.fixture.awaitWaiter(waiting);
			trigger.accept(prepared);
			assertThat(arrival).as("what comes in round %d", round).succeedsWithin(SOON);
			assertThat(arrival.join()).as("what came in round %d", round).hasSize(1).allSatisfy(queue::release);
			cleanUp.accept(prepared);
			await().until(() -> this.fixture.queue().stats().tasks() == 0);
		}
	}

}
