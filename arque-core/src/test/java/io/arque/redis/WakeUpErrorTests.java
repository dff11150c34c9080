package io.arque.redis;

import java.util.concurrent.atomic.AtomicInteger;

import io.arque.ArqueMetrics;
import io.arque.test.RedisServers;
import io.arque.test.WatchedConnections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What makes the subscription, when there is no memory or no thread for it.
 */
class WakeUpErrorTests {

	private static final int ERRORS = 2;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final AtomicInteger tries = new AtomicInteger();

	private final AtomicInteger woken = new AtomicInteger();

	@Test
	void subscriptionIsMadeWhenThereIsRoomForItAgain() {
		RedisConnectionFactory failing = WatchedConnections
			.on(RedisServers.ofApplications(RedisServers.connectionFactory()), () -> {
				if (Thread.currentThread().getName().equals("arque-wake-up")
						&& this.tries.incrementAndGet() <= ERRORS) {
					throw new OutOfMemoryError("unable to create native thread");
				}
			});
		WakeUp wakeUp = this.fixture.newClient(TestSettings.settings(), failing, ArqueMetrics.NONE).wakeUp();
		wakeUp.subscribe(this.fixture.name(), this.woken::incrementAndGet);
		await().until(() -> this.woken.get() > 0);
		assertThat(this.tries).hasValueGreaterThan(ERRORS);
	}

}
