package io.arque.redis;

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

import io.arque.ArqueMetrics;
import io.arque.ArqueMetrics.Event;
import io.arque.EnqueueOptions;
import io.arque.OnDuplicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(90)
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
		tap.beforeNextCall(() -> await(allAsked));
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
			.map((future) -> future.exceptionally((ex) -> "refused").join())
			.toList();
		assertThat(Collections.frequency(winners, "one")).isEqualTo(1);
		assertThat(Collections.frequency(winners, "refused")).isEqualTo(THREADS - 1);
		assertThat(this.fixture.queue().stats().tasks()).isEqualTo(1);
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
	void callbackThatThrowsDoesNotStopTheOthers() {
		ArqueTemplate template = this.fixture.template();
		CompletableFuture<?> throwing = template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none())
			.thenAccept((id) -> {
				throw new IllegalStateException("of the caller's own");
			});
		assertThatExceptionOfType(CompletionException.class).isThrownBy(throwing::join);
		assertThat(template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join()).hasSize(16);
	}

	private static void inThreads(Runnable action) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		CountDownLatch start = new CountDownLatch(1);
		List<Future<?>> ends = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			ends.add(threads.submit(() -> {
				await(start);
				action.run();
			}));
		}
		start.countDown();
		for (Future<?> end : ends) {
			end.get(60, TimeUnit.SECONDS);
		}
		threads.shutdown();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
