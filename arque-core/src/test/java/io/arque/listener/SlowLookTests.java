package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.arque.QueueSettings;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import io.arque.test.WatchedConnections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application with six queues, three of which it only feeds.
 */
@OwnServer
class SlowLookTests {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	private final List<String> consumed = names("consumed");

	private final List<String> fed = names("fed");

	private final Set<String> seen = ConcurrentHashMap.newKeySet();

	private TestRedis redis;

	private LettuceConnectionFactory connections;

	private TestApplication application;

	private StringRedisTemplate template;

	private static List<String> names(String kind) {
		return IntStream.range(0, 3).mapToObj((i) -> kind + i).toList();
	}

	@BeforeEach
	void start() {
		this.redis = RedisServers.startPrivate();
		this.connections = this.redis.newConnectionFactory();
		this.template = new StringRedisTemplate(this.connections);
		this.application = new TestApplication(this.connections, QueueSettings.DEFAULTS);
		this.fed.forEach((queue) -> this.application.template().enqueue(queue, "x"));
		this.application.listen(this.consumed, (task, acknowledgement) -> this.seen.add(task.queue()), null);
		await().until(() -> this.consumed.stream().allMatch((queue) -> waiters(queue) == 1));
	}

	@AfterEach
	void stop() {
		this.application.close();
		this.connections.destroy();
		this.redis.close();
	}

	@Test
	void goesOnAfterAnError() {
		AtomicLong looks = new AtomicLong();
		RedisConnectionFactory failing = WatchedConnections.on(RedisServers.ofApplications(this.connections), () -> {
			if (Thread.currentThread().getName().equals("arque-look") && looks.incrementAndGet() == 1) {
				throw new OutOfMemoryError("the first time");
			}
		});
		try (TestApplication other = new TestApplication(failing, QueueSettings.DEFAULTS);
				LogCapture log = new LogCapture(QueueWatch.class.getName())) {
			other.template().enqueue(this.fed.get(0), "x");
			await().atMost(PATIENCE).until(() -> looks.get() >= 3);
			await().atMost(PATIENCE).until(() -> log.messages(Level.INFO).size() == 1);
			assertThat(log.complaints("")).hasSize(1);
		}
	}

	@Test
	void oneQueueASecondIsLookedAtAndNothingElseIsCalled() {
		awaitQuiet();
		long start = System.nanoTime();
		long before = RedisServers.scriptCalls(this.connections);
		await().during(Duration.ofSeconds(5)).atMost(PATIENCE).until(() -> true);
		await().atMost(PATIENCE).until(() -> RedisServers.scriptCalls(this.connections) - before >= 3);
		long calls = RedisServers.scriptCalls(this.connections) - before;
		double seconds = (System.nanoTime() - start) / 1e9;
		assertThat(calls).isLessThanOrEqualTo((long) seconds + 2);
	}

	@Test
	void everyQueueHasItsTurn() {
		awaitQuiet();
		this.fed.forEach((queue) -> {
			this.template.opsForList().leftPop(key(queue, "pending"));
			this.application.template().enqueue(queue, "x");
			this.template.opsForZSet()
				.add(key(queue, "delayed"), this.template.opsForList().leftPop(key(queue, "pending")).substring(0, 16),
						1);
		});
		this.consumed.forEach((queue) -> {
			this.template.delete(key(queue, "waiters"));
			this.application.template().enqueue(queue, "x");
		});
		await().atMost(PATIENCE).until(() -> this.seen.containsAll(this.consumed));
		await().atMost(PATIENCE)
			.until(() -> this.fed.stream()
				.allMatch((queue) -> this.template.hasKey(key(queue, "delayed")).equals(false)));
	}

	/**
	 * The subscription, once confirmed, wakes all: when that is past, they are quiet.
	 */
	private void awaitQuiet() {
		await().atMost(PATIENCE).until(() -> this.redis.ask((commands) -> commands.pubsubChannels()).size() == 1);
		AtomicLong last = new AtomicLong();
		await().atMost(PATIENCE).pollInterval(Duration.ofSeconds(1)).until(() -> {
			long calls = RedisServers.scriptCalls(this.connections);
			return calls - last.getAndSet(calls) <= 1;
		});
	}

	private long waiters(String queue) {
		return this.template.opsForZSet().zCard(key(queue, "waiters"));
	}

	private static String key(String queue, String kind) {
		return "arque-test:{" + queue + "}:" + kind;
	}

}
