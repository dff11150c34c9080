package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.test.FaultyProxy;
import io.arque.test.LogCapture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The one subscription of an application dies alone: calls go on, messages do not come.
 */
class WakeUpTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final FaultyProxy proxy = FaultyProxy.beforeSharedServer();

	/** The time-out is Spring Boot's default. */
	private final LettuceConnectionFactory connections = this.proxy.newConnectionFactory(Duration.ofSeconds(60));

	private final AtomicInteger woken = new AtomicInteger();

	private WakeUp wakeUp;

	private byte[] channel;

	@BeforeEach
	void subscribe() {
		ArqueClient client = this.fixture.newClient(TestSettings.settings(), this.connections, ArqueMetrics.NONE);
		this.channel = (client.channelPrefix() + client.instance().nonce()).getBytes(StandardCharsets.UTF_8);
		this.wakeUp = client.wakeUp();
		this.wakeUp.probe(Duration.ofMillis(300), Duration.ofSeconds(3));
		this.wakeUp.subscribe(this.fixture.name(), this.woken::incrementAndGet);
		awaitMessages();
	}

	@AfterEach
	void close() {
		this.wakeUp.stop();
		this.connections.destroy();
		this.proxy.close();
	}

	@Test
	void silentSubscriptionIsNoticedAndMadeAgain() {
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
	void everyQueueIsLookedAtWhenTheSubscriptionIsMadeAgain() {
		AtomicInteger others = new AtomicInteger();
		for (String other : List.of("other-1", "other-2", "other-3")) {
			this.wakeUp.subscribe(other, others::incrementAndGet);
		}
		int before = this.woken.get();
		assertThat(this.proxy.stallSubscriptions()).isPositive();
		await().atMost(Duration.ofSeconds(20)).until(() -> this.woken.get() > before);
		await().until(() -> others.get() >= 3);
	}

	@Test
	void subscriptionThatDiesTwiceIsMadeAgainTwice() {
		for (int i = 0; i < 2; i++) {
			int before = this.woken.get();
			assertThat(this.proxy.stallSubscriptions()).isPositive();
			await().atMost(Duration.ofSeconds(20)).until(() -> this.woken.get() > before);
			awaitMessages();
		}
	}

	@Test
	void stopDoesNotWaitForASilentSubscription() {
		assertThat(this.proxy.stallSubscriptions()).isPositive();
		long start = System.nanoTime();
		this.wakeUp.stop();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
	}

	/**
	 * Returns when messages that are published now wake: more often than subscriptions
	 * that are made again could meanwhile, which wake too.
	 */
	private void awaitMessages() {
		int before = this.woken.get();
		await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(10)).until(() -> {
			try (RedisConnection connection = this.fixture.connectionFactory().getConnection()) {
				connection.publish(this.channel, this.fixture.name().getBytes(StandardCharsets.UTF_8));
			}
			return this.woken.get() >= before + 30;
		});
	}

}
