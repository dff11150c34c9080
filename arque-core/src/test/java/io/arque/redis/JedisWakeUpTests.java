package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.test.FaultyProxy;
import io.arque.test.JedisConnections;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import io.lettuce.core.KillArgs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The one subscription of an application, where to subscribe blocks the thread.
 */
@OwnServer
@Timeout(90)
class JedisWakeUpTests {

	private final TestRedis redis = RedisServers.startPrivate();

	private final FaultyProxy proxy = FaultyProxy.before(this.redis);

	private final JedisConnectionFactory connections = JedisConnections.pool(this.proxy, 5);

	private final QueueFixture fixture = new QueueFixture(this.connections);

	private final ArqueClient client = this.fixture.newClient(TestSettings.settings(), this.connections,
			ArqueMetrics.NONE);

	private final WakeUp wakeUp = this.client.wakeUp();

	private final AtomicInteger woken = new AtomicInteger();

	@AfterEach
	void close() {
		this.wakeUp.stop();
		this.connections.destroy();
		this.proxy.close();
		this.redis.close();
	}

	@Test
	void connectionIsGivenBackInOrderWheneverTheSubscriptionIsStopped() {
		JedisConnectionFactory two = JedisConnections.pool(this.proxy, 2);
		try {
			WakeUp own = this.fixture.newClient(TestSettings.settings(), two, ArqueMetrics.NONE).wakeUp();
			for (int i = 0; i < 20; i++) {
				int before = this.woken.get();
				own.subscribe(this.fixture.name(), this.woken::incrementAndGet);
				await().until(() -> this.woken.get() > before);
				own.stop();
				await().until(() -> subscribers() == 0);
				try (RedisConnection one = two.getConnection(); RedisConnection other = two.getConnection()) {
					assertThat(one.isSubscribed() || other.isSubscribed()).isFalse();
					assertThat(echo(one, "one")).isEqualTo(bytes("one"));
					assertThat(echo(other, "other")).isEqualTo(bytes("other"));
				}
			}
		}
		finally {
			two.destroy();
		}
	}

	@Test
	void stopWhileTheSubscriptionBeginsLeavesNoneBehind() {
		for (int i = 0; i < 50; i++) {
			this.wakeUp.subscribe(this.fixture.name(), this.woken::incrementAndGet);
			this.wakeUp.stop();
		}
		await().atMost(Duration.ofSeconds(10)).until(() -> subscribers() == 0);
		try (RedisConnection connection = this.connections.getConnection()) {
			assertThat(connection.ping()).isEqualTo("PONG");
		}
	}

	@Test
	void silentSubscriptionIsNoticedAndMadeAgain() {
		this.wakeUp.probe(Duration.ofMillis(200), Duration.ofSeconds(2));
		subscribe();
		try (LogCapture log = new LogCapture(WakeUp.class.getName())) {
			int before = this.woken.get();
			assertThat(this.proxy.stallSubscriptions()).isEqualTo(1);
			await().atMost(Duration.ofSeconds(20)).until(() -> this.woken.get() > before);
			awaitMessages();
			assertThat(log.messages(Level.WARN)).isNotEmpty()
				.allSatisfy((message) -> assertThat(message).contains("silent"));
		}
	}

	@Test
	void subscriptionsThatAreDeadLeaveConnectionsInThePool() {
		this.wakeUp.probe(Duration.ofMillis(100), Duration.ofSeconds(1));
		subscribe();
		try (LogCapture log = new LogCapture(WakeUp.class.getName())) {
			for (int dead = 1; dead <= 3; dead++) {
				int warnings = dead;
				await().until(() -> this.proxy.stallSubscriptions() >= warnings);
				await().until(() -> log.messages(Level.WARN).size() >= warnings);
			}
			await().during(Duration.ofSeconds(1)).until(() -> subscriptions() == 3);
			try (RedisConnection one = this.connections.getConnection();
					RedisConnection other = this.connections.getConnection()) {
				assertThat(one.ping()).isEqualTo(other.ping());
			}
		}
	}

	@Test
	void subscriptionThatEndsIsMadeAgainBeforeItIsTried() {
		subscribe(); // tried only every 15 seconds
		long start = System.nanoTime();
		int before = this.woken.get();
		this.redis.ask((commands) -> commands.clientKill(KillArgs.Builder.typePubsub()));
		await().atMost(Duration.ofSeconds(20)).until(() -> this.woken.get() > before);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(14));
		awaitMessages();
	}

	@Test
	void stopDoesNotWaitForASilentSubscription() {
		subscribe();
		assertThat(this.proxy.stallSubscriptions()).isPositive();
		long start = System.nanoTime();
		this.wakeUp.stop();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
	}

	@Test
	void consumerThatFailsToBeWokenDoesNotEndTheSubscription() {
		this.wakeUp.subscribe(this.fixture.name(), () -> {
			this.woken.incrementAndGet();
			throw new IllegalStateException("cannot be woken");
		});
		awaitMessages();
		awaitMessages();
		assertThat(subscribers()).isEqualTo(1);
	}

	private void subscribe() {
		this.wakeUp.subscribe(this.fixture.name(), this.woken::incrementAndGet);
		awaitMessages();
	}

	/**
	 * Returns when messages that are published now wake: more often than subscriptions
	 * that are made again could meanwhile, which wake too.
	 */
	private void awaitMessages() {
		byte[] channel = bytes(this.client.channelPrefix() + this.client.instance().nonce());
		int before = this.woken.get();
		await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(() -> {
			try (RedisConnection connection = this.connections.getConnection()) {
				connection.publish(channel, bytes(this.fixture.name()));
			}
			return this.woken.get() >= before + 30;
		});
	}

	private int subscribers() {
		return this.redis.ask((commands) -> commands.pubsubChannels()).size();
	}

	private long subscriptions() {
		return this.redis.ask((commands) -> commands.clientList())
			.lines()
			.filter((line) -> line.contains(" sub=1"))
			.count();
	}

	private static byte[] echo(RedisConnection connection, String text) {
		return connection.scriptingCommands().eval(bytes("return ARGV[1]"), ReturnType.VALUE, 0, bytes(text));
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
