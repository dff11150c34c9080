package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.EnqueueOptions;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.test.LeastPrivilege;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * How little of Redis an application needs: connections, calls, permissions, and words
 * while it is away.
 */
@OwnServer
class FrugalityTests {

	private final TestRedis redis = RedisServers.startPrivate();

	private final LettuceConnectionFactory connections = this.redis.newConnectionFactory();

	private final StringRedisTemplate template = new StringRedisTemplate(this.connections);

	private final String queue = TestApplication.newQueue();

	private final Set<String> seen = ConcurrentHashMap.newKeySet();

	@AfterEach
	void stop() {
		this.connections.destroy();
		this.redis.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 6 })
	void needsOneConnectionMoreThanTheApplicationAtTheMost(int partitions) {
		RedisServers.ofApplications(this.connections).getConnection().ping();
		long before = connectionsOfApplication();
		List<String> queues = List.of(this.queue, this.queue + "-2", this.queue + "-3");
		AtomicInteger most = new AtomicInteger();
		try (TestApplication application = new TestApplication(this.connections,
				QueueSettings.DEFAULTS.withPartitions(partitions))) {
			application.listen(queues, (task, acknowledgement) -> this.seen.add(task.id()), null);
			await().until(() -> application.queue(this.queue)
				.partitions()
				.stream()
				.anyMatch((partition) -> waiters(partition.tag()) == 1));
			queues.forEach((each) -> application.template().enqueueAll(each, IntStream.range(0, 300).boxed().toList()));
			await().until(() -> {
				most.accumulateAndGet((int) connectionsOfApplication(), Math::max);
				return this.seen.size() == 900;
			});
			application.queue(this.queue).dequeue(1, Duration.ofMillis(100));
			most.accumulateAndGet((int) connectionsOfApplication(), Math::max);
		}
		assertThat(before).isEqualTo(1);
		assertThat(most).hasValue(2);
	}

	@Test
	void allLeasesOfAQueueAreRenewedByOneCallAnInterval() {
		Duration lease = Duration.ofSeconds(5);
		QueueSettings settings = new QueueSettings(50, lease, Duration.ofMinutes(1), QueueSettings.Retry.DEFAULTS,
				QueueSettings.DeadLetter.DEFAULTS);
		CountDownLatch end = new CountDownLatch(1);
		try (TestApplication application = new TestApplication(this.connections, settings,
				ContainerSettings.DEFAULTS.withConcurrency(20), ArqueMetrics.NONE)
			.withoutSlowLook()) {
			application.listen(this.queue, (task, acknowledgement) -> {
				this.seen.add(task.id());
				end.await();
			});
			for (int i = 0; i < 20; i++) { // spread over an interval
				application.template().enqueue(this.queue, i);
				LockSupport.parkNanos(lease.toNanos() / 3 / 20);
			}
			await().until(() -> this.seen.size() == 20);
			long before = RedisServers.scriptCalls(this.connections);
			long start = System.nanoTime();
			await().during(lease).atMost(Duration.ofSeconds(60)).until(() -> this.seen.size() == 20);
			long calls = RedisServers.scriptCalls(this.connections) - before;
			long intervals = 3 * (System.nanoTime() - start) / lease.toNanos();
			// and a call or two of the consumer: one for each lease would be twenty
			assertThat(calls).isBetween(1L, intervals + 5);
			end.countDown();
			await().until(() -> application.queue(this.queue).stats().tasks() == 0);
		}
	}

	@Test
	void nothingIsLookedAtWhereNothingIsConsumedAndTheSweepIntervalIsZero() {
		ArqueClient client = new ArqueClient(RedisServers.ofApplications(this.connections),
				new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
				new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);
		new ArqueTemplate(client).enqueue(this.queue, "x", EnqueueOptions.none().withDelay(Duration.ofMillis(1)));
		SlowLook never = new SlowLook(client, Duration.ZERO, Duration.ofSeconds(1));
		SlowLook often = new SlowLook(client, Duration.ofSeconds(1), Duration.ofSeconds(1));
		long before = RedisServers.scriptCalls(this.connections);
		never.start();
		await().during(Duration.ofMillis(2500)).until(() -> RedisServers.scriptCalls(this.connections) == before);
		never.stop();
		often.start();
		await().until(() -> client.queue(this.queue).stats().pending() == 1);
		often.stop();
	}

	@Test
	void worksWithoutPermissionForTheWakeUpChannels() {
		LeastPrivilege.change(this.redis, "resetchannels");
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> new StringRedisTemplate(RedisServers.ofApplications(this.connections))
				.convertAndSend("arque-test:wake:x", "x"))
			.havingRootCause()
			.withMessageContaining("NOPERM");
		try (TestApplication application = new TestApplication(this.connections, QueueSettings.DEFAULTS)) {
			application.listen(this.queue, (task, acknowledgement) -> this.seen.add(task.id()));
			for (int i = 0; i < 2; i++) {
				await().until(() -> waiters() == 1);
				String id = application.template().enqueue(this.queue, "x");
				await().until(() -> this.seen.contains(id));
				await().until(() -> application.queue(this.queue).stats().tasks() == 0);
			}
		}
	}

	@Test
	void outageIsToldOnceAndTriedWithGrowingPauses() {
		this.redis.stop();
		try (TestApplication application = new TestApplication(this.connections, QueueSettings.DEFAULTS);
				LogCapture log = new LogCapture("io.arque.listener")) {
			application.listen(this.queue, (task, acknowledgement) -> this.seen.add(task.id()));
			await().until(() -> tries(log, Level.DEBUG) > 0);
			long start = System.nanoTime();
			await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(30)).until(() -> true);
			await().until(() -> tries(log, Level.DEBUG) >= 3);
			long tries = tries(log, Level.DEBUG);
			double seconds = (System.nanoTime() - start) / 1e9;
			assertThat(tries).isLessThanOrEqualTo(5 + (long) seconds);
			this.redis.start();
			await().atMost(Duration.ofSeconds(20))
				.until(() -> log.messages(Level.INFO).stream().anyMatch((message) -> message.contains("again")));
			assertThat(tries(log, Level.WARN)).isEqualTo(1);
		}
	}

	private long tries(LogCapture log, Level level) {
		return log.messages(level)
			.stream()
			.filter((message) -> message.contains("queue " + this.queue + " cannot be reached"))
			.count();
	}

	private long connectionsOfApplication() {
		return this.redis.<String>ask((commands) -> commands.clientList())
			.lines()
			.filter((client) -> client.contains(" user=arque "))
			.count();
	}

	private long waiters() {
		return waiters(this.queue);
	}

	private long waiters(String tag) {
		return this.template.opsForZSet().zCard("arque-test:{" + tag + "}:waiters");
	}

}
