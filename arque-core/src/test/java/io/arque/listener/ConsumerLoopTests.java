package io.arque.listener;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.mockito.MockedConstruction;
import org.mockito.Mockito;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.mockito.BDDMockito.given;

/**
 * A loop without a container around it.
 */
class ConsumerLoopTests {

	private static final int THREADS = 8;

	private static final int TURNS = 50_000;

	@Test
	void permitsThatManyThreadsGiveBackAreAllCounted() throws Exception {
		ConsumerLoop loop = newLoop();
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			Callable<Void> action = () -> {
				for (int i = 0; i < TURNS; i++) {
					loop.permits().giveBack(1);
				}
				return null;
			};
			List<Callable<Void>> actions = Stream.generate(() -> action).limit(THREADS).toList();
			for (Future<Void> each : threads.invokeAll(actions)) {
				each.get();
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(loop.permits().free()).isEqualTo(ContainerSettings.DEFAULTS.concurrency() + THREADS * TURNS);
	}

	@Test
	void sleepsWhileItsTasksWaitForThreadsThatDoNotCome() throws Exception {
		String queue = TestApplication.newQueue();
		ArqueClient client = newClient();
		new ArqueTemplate(client).enqueueAll(queue, Collections.nCopies(ContainerSettings.DEFAULTS.concurrency(), "x"));
		ConsumerLoop loop = newLoop(client, queue, new Handlers() {

			@Override
			public <T extends Runnable> void execute(List<T> tasks, BiConsumer<T, Throwable> refused) {
				// no thread is free
			}

		});
		Thread thread = new Thread(loop);
		thread.start();
		await().until(() -> loop.permits().free() == 0);
		ThreadMXBean threads = ManagementFactory.getThreadMXBean();
		long before = threads.getThreadCpuTime(thread.getId());
		await().during(Duration.ofSeconds(1)).until(thread::isAlive);
		assertThat(Duration.ofNanos(threads.getThreadCpuTime(thread.getId()) - before))
			.isLessThan(Duration.ofMillis(500));
		loop.stop(Duration.ZERO);
		thread.join();
		assertThat(client.queue(queue).stats().working()).isZero();
	}

	/** Or it would sleep until the container gives it up, and leave its leases. */
	@Test
	void stopIsNotMissedThatComesBetweenALookAtItAndTheSleep() throws Exception {
		AtomicReference<ConsumerLoop> loop = new AtomicReference<>();
		AtomicBoolean stopped = new AtomicBoolean();
		try (MockedConstruction<TaskStarter> starters = Mockito.mockConstruction(TaskStarter.class,
				(starter, context) -> given(starter.isStopping()).willAnswer((invocation) -> {
					QueueSource source = loop.get().sources().all().get(0);
					if (stopped.get() || source.isDue(1, System.nanoTime())) {
						return stopped.get();
					}
					stopped.set(true);
					loop.get().stop(Duration.ofSeconds(20));
					return false;
				}))) {
			loop.set(newLoop(newClient(), TestApplication.newQueue(), Handlers.of(Runnable::run)));
			assertThat(starters.constructed()).hasSize(1);
			Thread thread = new Thread(loop.get());
			thread.start();
			thread.join(TimeUnit.SECONDS.toMillis(15));
			boolean sleeps = thread.isAlive();
			thread.interrupt();
			assertThat(sleeps).isFalse();
		}
	}

	private static ConsumerLoop newLoop() {
		return newLoop(newClient(), "queue", Handlers.of(Runnable::run));
	}

	private static ConsumerLoop newLoop(ArqueClient client, String queue, Handlers handlers) {
		ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint("listener", List.of(queue),
				(task, acknowledgement) -> {
				}, null, new ArqueListenerEndpoint.Overrides(null, null, null));
		return new ConsumerLoop(endpoint, ContainerSettings.DEFAULTS, client, handlers);
	}

	private static ArqueClient newClient() {
		return new ArqueClient(RedisServers.ofApplications(RedisServers.connectionFactory()),
				new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
	}

}
