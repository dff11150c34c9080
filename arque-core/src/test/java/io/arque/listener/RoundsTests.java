package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.QueuePartition;
import io.arque.redis.RedisQueue;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.mockito.MockedConstruction;
import org.mockito.Mockito;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.willAnswer;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * In which order a loop calls its queues, and that none is forgotten.
 */
class RoundsTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private final List<String> queues = List.of(TestApplication.newQueue(), TestApplication.newQueue(),
			TestApplication.newQueue());

	private final List<String> called = Collections.synchronizedList(new ArrayList<>());

	@Test
	void queueThatFailsAgainIsCalledAfterThoseThatDoNot() throws Exception {
		String fails = this.queues.get(0);
		String failsSlowly = this.queues.get(1);
		String works = this.queues.get(2);
		AtomicReference<ConsumerLoop> loop = new AtomicReference<>();
		loadScripts();
		RedisConnectionFactory watched = WatchedScripts.on(RedisServers.connectionFactory(), (arguments) -> {
			String queue = queueOf(arguments);
			boolean first = !this.called.contains(queue);
			this.called.add(queue);
			if (queue.equals(failsSlowly)) {
				await().until(() -> source(loop.get(), fails).isDue(0, System.nanoTime()));
			}
			if (queue.equals(works) && first) {
				source(loop.get(), works).look(false);
			}
			if (!queue.equals(works)) {
				throw new QueryTimeoutException("away");
			}
		});
		loop.set(newLoop(watched));
		Thread thread = new Thread(loop.get());
		thread.start();
		await().atMost(SOON).until(() -> this.called.size() >= 5);
		thread.interrupt();
		loop.get().stop(Duration.ZERO);
		thread.join();
		assertThat(this.called.subList(0, 5)).containsExactly(fails, failsSlowly, works, works, fails);
	}

	@Test
	void wakeUpIsKeptAndThereIsAPauseWhenThereIsNoMemoryForACall() throws Exception {
		Map<QueueCaller, List<Long>> tried = new ConcurrentHashMap<>();
		try (MockedConstruction<QueueCaller> callers = Mockito.mockConstruction(QueueCaller.class,
				(caller, context) -> willAnswer((invocation) -> {
					tried.computeIfAbsent(caller, (own) -> new CopyOnWriteArrayList<>()).add(System.nanoTime());
					throw new OutOfMemoryError("no room for a call");
				}).given(caller).prepare(any()))) {
			ConsumerLoop loop = newLoop(RedisServers.connectionFactory());
			assertThat(callers.constructed()).hasSize(2 * this.queues.size());
			Thread thread = new Thread(loop);
			thread.start();
			await().atMost(SOON)
				.until(() -> tried.size() == this.queues.size()
						&& tried.values().stream().allMatch((times) -> times.size() >= 3));
			thread.interrupt();
			thread.join();
			assertThat(loop.permits().free()).isEqualTo(loop.permits().all());
		}
		assertThat(tried.values()).allSatisfy((times) -> assertThat(Duration.ofNanos(times.get(2) - times.get(0)))
			.isGreaterThanOrEqualTo(Duration.ofMillis(200)));
	}

	@Test
	void partitionThatThereWasNoMemoryForIsOpenedAgain() {
		ArqueClient client = mock();
		RedisQueue queue = queue(client, "queue");
		QueuePartition known = partition(queue);
		QueuePartition learned = partition(queue);
		given(queue.partitions()).willReturn(List.of(known));
		QueueSources sources = new QueueSources(client, List.of("queue"), mock());
		Consumer<QueueSource> opened = mock();
		willThrow(new OutOfMemoryError("no room for a subscription")).willDoNothing().given(opened).accept(any());
		sources.onOpened(opened);
		given(queue.partitions()).willReturn(List.of(known, learned));
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(sources::grow);
		assertThat(sources.all()).extracting(QueueSource::partition).containsExactly(known);
		sources.grow();
		assertThat(sources.all()).extracting(QueueSource::partition).containsExactly(known, learned);
		Mockito.verify(opened).accept(sources.all().get(1));
	}

	@Test
	void partitionsOfOneQueueHaveTheirTurnsBetweenThoseOfAnother() {
		ArqueClient client = mock();
		RedisQueue large = queue(client, "large");
		RedisQueue small = queue(client, "small");
		List<QueuePartition> ofLarge = List.of(partition(large), partition(large), partition(large));
		List<QueuePartition> ofSmall = List.of(partition(small), partition(small));
		given(large.partitions()).willReturn(ofLarge);
		given(small.partitions()).willReturn(ofSmall);
		QueueSources sources = new QueueSources(client, List.of("large", "small"), mock());
		assertThat(sources.all()).extracting(QueueSource::partition)
			.containsExactly(ofLarge.get(0), ofSmall.get(0), ofLarge.get(1), ofSmall.get(1), ofLarge.get(2));
	}

	private static RedisQueue queue(ArqueClient client, String name) {
		RedisQueue queue = mock();
		given(client.queue(name)).willReturn(queue);
		return queue;
	}

	private static QueuePartition partition(RedisQueue queue) {
		QueuePartition partition = mock();
		given(partition.queue()).willReturn(queue);
		return partition;
	}

	/** Or the first call would be two. */
	private void loadScripts() {
		ArqueClient client = newClient(RedisServers.connectionFactory());
		this.queues.forEach((queue) -> client.queue(queue).dequeue(1, Duration.ZERO));
	}

	private String queueOf(byte[][] arguments) {
		String key = new String(arguments[0], StandardCharsets.UTF_8);
		return this.queues.stream().filter(key::contains).findFirst().orElseThrow();
	}

	private static QueueSource source(ConsumerLoop loop, String queue) {
		return loop.sources()
			.all()
			.stream()
			.filter((source) -> source.queue().name().equals(queue))
			.findFirst()
			.orElseThrow();
	}

	private ConsumerLoop newLoop(RedisConnectionFactory connections) {
		ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint("listener", this.queues, (task, acknowledgement) -> {
		}, null, new ArqueListenerEndpoint.Overrides(null, null, null));
		return new ConsumerLoop(endpoint, ContainerSettings.DEFAULTS, newClient(connections),
				Handlers.of(Runnable::run));
	}

	private static ArqueClient newClient(RedisConnectionFactory connections) {
		return new ArqueClient(RedisServers.ofApplications(connections),
				new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
	}

}
