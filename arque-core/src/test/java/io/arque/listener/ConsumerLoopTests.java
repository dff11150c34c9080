package io.arque.listener;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What many threads tell a loop at once. It is not started, and talks to nobody.
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

	private static ConsumerLoop newLoop() {
		ArqueClient client = new ArqueClient(RedisServers.connectionFactory(),
				new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
		ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint("listener", List.of("queue"),
				(task, acknowledgement) -> {
				}, null, new ArqueListenerEndpoint.Overrides(null, null, null));
		return new ConsumerLoop(endpoint, ContainerSettings.DEFAULTS, client, Handlers.of(Runnable::run));
	}

}
