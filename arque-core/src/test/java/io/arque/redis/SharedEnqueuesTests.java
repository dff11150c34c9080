package io.arque.redis;

import java.lang.Thread.State;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import io.arque.ArqueMetrics;
import io.arque.ArqueMetrics.Event;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.OnDuplicate;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisSystemException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

@Timeout(90)
@OnePartition("Counts the callers of one partition")
class SharedEnqueuesTests {

	private static final int THREADS = 16;

	private static final int TASKS_PER_THREAD = 400;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void everyTaskOfManyThreadsIsInOnce() throws Exception {
		ArqueTemplate template = this.fixture.template();
		List<CompletableFuture<String>> futures = Collections.synchronizedList(new ArrayList<>());
		inThreads(() -> {
			for (int i = 0; i < TASKS_PER_THREAD; i++) {
				futures.add(template.enqueueAsync(this.fixture.name(), "payload", EnqueueOptions.none()));
			}
		});
		List<String> ids = futures.stream().map(CompletableFuture::join).toList();
		assertThat(ids).hasSize(THREADS * TASKS_PER_THREAD).doesNotHaveDuplicates();
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(ids.size());
		assertThat(this.fixture.redis().opsForHash().keys(this.fixture.key("tasks")))
			.containsExactlyInAnyOrderElementsOf(new ArrayList<Object>(ids));
		assertThat(this.fixture.counted(Event.ENQUEUED)).isEqualTo(ids.size());
	}

	@Test
	void oneThreadsTasksStayInOrderAndShareCalls() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueTemplate template = new ArqueTemplate(
				this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE));
		CountDownLatch allAsked = new CountDownLatch(1);
		tap.beforeNextCall(() -> pass(allAsked));
		List<CompletableFuture<String>> futures = new ArrayList<>();
		for (int i = 0; i < 900; i++) {
			futures.add(template.enqueueAsync(this.fixture.name(), Integer.toString(i), EnqueueOptions.none()));
		}
		allAsked.countDown();
		List<String> ids = futures.stream().map(CompletableFuture::join).toList();
		assertThat(this.fixture.dump().values("pending")).extracting((entry) -> entry.substring(0, 16)).isEqualTo(ids);
		assertThat(tap.calls()).as("the first call, then 500 a call").hasSizeBetween(2, 3);
	}

	@Test
	void oneOfManyCallersWinsAnId() throws Exception {
		ArqueTemplate template = this.fixture.template();
		EnqueueOptions options = EnqueueOptions.none().withId("one").withOnDuplicate(OnDuplicate.REJECT);
		List<CompletableFuture<String>> futures = Collections.synchronizedList(new ArrayList<>());
		inThreads(() -> futures.add(template.enqueueAsync(this.fixture.name(), "x", options)));
		List<String> winners = futures.stream()
			.map((future) -> future.exceptionally(SharedEnqueuesTests::outcome).join())
			.toList();
		assertThat(Collections.frequency(winners, "one")).isEqualTo(1);
		assertThat(Collections.frequency(winners, "refused")).isEqualTo(THREADS - 1);
		assertThat(this.fixture.queue().stats().tasks()).isEqualTo(1);
	}

	private static String outcome(Throwable ex) {
		boolean refused = ex instanceof DuplicateTaskException || ex.getCause() instanceof DuplicateTaskException;
		return refused ? "refused" : ex.toString();
	}

	@Test
	void failedCallFailsItsCallersOnly() {
		ArqueTemplate template = this.fixture.template();
		this.fixture.redis().opsForValue().set(this.fixture.key("pending"), "foreign".getBytes(StandardCharsets.UTF_8));
		CompletableFuture<String> failing = template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none());
		assertThatExceptionOfType(CompletionException.class).isThrownBy(failing::join)
			.withCauseInstanceOf(DataAccessException.class);
		this.fixture.redis().delete(this.fixture.key("pending"));
		String id = template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join();
		assertThat(this.fixture.queue().dequeue(9, Duration.ZERO).tasks()).singleElement()
			.satisfies((task) -> assertThat(task.id()).isEqualTo(id));
	}

	@Test
	void callThatThereIsNoMemoryForFailsItsCallersAndTheNextIsMade() {
		SharedEnqueues shared = new SharedEnqueues(this.fixture.client());
		NewTask tooMuch = mock();
		given(tooMuch.id()).willReturn("too-much");
		given(tooMuch.body()).willThrow(new OutOfMemoryError("before the call"));
		assertThat(shared.enqueueAsync(this.fixture.name(), tooMuch)).failsWithin(Duration.ofSeconds(20))
			.withThrowableThat()
			.havingRootCause()
			.isInstanceOf(OutOfMemoryError.class);
		NewTask task = new NewTask("reference", new byte[] { 1 }, EnqueueOptions.none());
		assertThat(shared.enqueueAsync(this.fixture.name(), task)).succeedsWithin(Duration.ofSeconds(20));
		assertThat(this.fixture.queue().stats().pending()).isOne();
	}

	@Test
	void callbackThatThrowsDoesNotStopTheOthers() {
		ArqueTemplate template = this.fixture.template();
		CompletableFuture<?> throwing = template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none())
			.thenAccept((id) -> {
				throw new IllegalStateException("of the caller's own");
			});
		assertThatExceptionOfType(CompletionException.class).isThrownBy(throwing::join);
		assertThat(template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join()).hasSize(16);
	}

	@Test
	void callbacksThatBlockKeepNeitherOtherResultsNorTheCommonPool() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ClassLoader classes = new URLClassLoader("application", new URL[0], getClass().getClassLoader());
		ArqueTemplate template = with(classes, () -> new ArqueTemplate(
				this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE)));
		CountDownLatch allAsked = new CountDownLatch(1);
		CountDownLatch blocked = new CountDownLatch(1);
		tap.beforeNextCall(() -> pass(allAsked));
		List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
		List<CompletableFuture<?>> callbacks = new ArrayList<>();
		for (int i = 0; i < 8; i++) {
			callbacks.add(template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).thenAccept((id) -> {
				threads.add(Thread.currentThread());
				pass(blocked);
			}));
		}
		allAsked.countDown();
		try {
			await().until(() -> threads.size() == 8);
			assertThat(template.enqueueAsync(this.fixture.name(), "y", EnqueueOptions.none()))
				.succeedsWithin(Duration.ofSeconds(20));
			assertThat(threads).doesNotHaveDuplicates().allSatisfy((thread) -> {
				assertThat(thread.getName()).isEqualTo("arque-callback");
				assertThat(thread.getContextClassLoader()).isSameAs(classes);
			});
		}
		finally {
			blocked.countDown();
		}
		assertThat(CompletableFuture.allOf(callbacks.toArray(CompletableFuture[]::new)))
			.succeedsWithin(Duration.ofSeconds(20));
	}

	@Test
	void callbackOfAFailureMayTryAgainAndWait() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueTemplate template = new ArqueTemplate(
				this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE));
		CountDownLatch asked = new CountDownLatch(1);
		tap.beforeNextCall(() -> {
			pass(asked);
			throw new QueryTimeoutException("arranged");
		});
		CompletableFuture<String> again = template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none())
			.exceptionally((failure) -> {
				assertThat(Thread.currentThread().getName()).isEqualTo("arque-callback");
				return template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join();
			});
		asked.countDown();
		assertThat(again).succeedsWithin(Duration.ofSeconds(20));
		assertThat(this.fixture.queue().stats().pending()).isOne();
	}

	private static <T> T with(ClassLoader classes, Supplier<T> creation) {
		ClassLoader before = Thread.currentThread().getContextClassLoader();
		Thread.currentThread().setContextClassLoader(classes);
		try {
			return creation.get();
		}
		finally {
			Thread.currentThread().setContextClassLoader(before);
		}
	}

	@Test
	void fewCallersMakeACallEachAndTheOthersShare() throws Exception {
		try (HeldCallers callers = new HeldCallers(40)) {
			callers.release();
			callers.awaitEnd();
			assertThat(callers.outcomes).hasSize(40).doesNotHaveDuplicates().doesNotContain("interrupted");
			assertThat(callers.tap.calls())
				.as("8 of their own, two shared ones that were held, and the rest by one or both")
				.hasSizeBetween(10, 12);
			assertThat(this.fixture.queue().stats().pending()).isEqualTo(40);
		}
	}

	@Test
	void interruptedCallerIsToldThatTheOutcomeIsNotKnownAndNoOtherIsDisturbed() throws Exception {
		try (HeldCallers callers = new HeldCallers(40)) {
			callers.threads.get(39).interrupt();
			await().until(() -> callers.outcomes.size() == 1);
			callers.release();
			callers.awaitEnd();
			assertThat(callers.outcomes).hasSize(40).doesNotHaveDuplicates().contains("interrupted");
			assertThat(callers.outcomes).filteredOn((outcome) -> !outcome.equals("interrupted"))
				.allSatisfy((id) -> assertThat(id).hasSize(16));
			assertThat(this.fixture.queue().stats().pending()).isEqualTo(40);
		}
	}

	private static void inThreads(Runnable action) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		CountDownLatch start = new CountDownLatch(1);
		List<Future<?>> ends = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			ends.add(threads.submit(() -> {
				pass(start);
				action.run();
			}));
		}
		start.countDown();
		for (Future<?> end : ends) {
			end.get(60, TimeUnit.SECONDS);
		}
		threads.shutdown();
	}

	private static void pass(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Callers that wait for a task to be enqueued while no call gets through; the first 8
	 * made one of their own.
	 */
	private final class HeldCallers implements AutoCloseable {

		private final TappedConnectionFactory tap = new TappedConnectionFactory(
				SharedEnqueuesTests.this.fixture.connectionFactory());

		private final CountDownLatch held = new CountDownLatch(1);

		private final AtomicInteger calls = new AtomicInteger();

		private final List<Thread> threads = new ArrayList<>();

		private final List<String> outcomes = Collections.synchronizedList(new ArrayList<>());

		HeldCallers(int count) {
			ArqueTemplate template = new ArqueTemplate(SharedEnqueuesTests.this.fixture
				.newClient(TestSettings.settings(), this.tap.factory(), ArqueMetrics.NONE));
			this.tap.beforeEachCall((call) -> hold());
			for (int i = 0; i < count; i++) {
				Thread thread = new Thread(() -> enqueue(template), "caller " + i);
				this.threads.add(thread);
				thread.start();
				await().pollInterval(1, TimeUnit.MILLISECONDS)
					.until(() -> thread.getState() == State.WAITING || thread.getState() == State.TIMED_WAITING);
				if (i == SharedEnqueues.PLAIN_CALLERS) { // whose call takes no others
					await().until(() -> this.calls.get() == SharedEnqueues.PLAIN_CALLERS + 1);
				}
			}
			await().until(() -> this.calls.get() == SharedEnqueues.PLAIN_CALLERS + 2);
		}

		private void hold() {
			this.calls.incrementAndGet();
			pass(this.held);
		}

		private void enqueue(ArqueTemplate template) {
			try {
				this.outcomes.add(template.enqueue(SharedEnqueuesTests.this.fixture.name(), "payload"));
			}
			catch (RedisSystemException ex) {
				this.outcomes.add(Thread.currentThread().isInterrupted() ? "interrupted" : ex.toString());
			}
		}

		void release() {
			this.tap.beforeEachCall((call) -> {
			});
			this.held.countDown();
		}

		void awaitEnd() throws InterruptedException {
			for (Thread thread : this.threads) {
				thread.join();
			}
		}

		@Override
		public void close() {
			release();
		}

	}

}
