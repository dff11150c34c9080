package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.arque.LeasedTask;
import io.arque.test.LeastPrivilege;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Redis's user has no permission for the wake-up channels, which a script finds out when
 * it has written.
 */
@OwnServer
class ForbiddenChannelTests {

	private final TestRedis redis = RedisServers.startPrivate();

	private final LettuceConnectionFactory connections = this.redis.newConnectionFactory();

	private final QueueFixture fixture = new QueueFixture(this.connections);

	@BeforeEach
	void forbid() {
		LeastPrivilege.change(this.redis, "resetchannels");
	}

	@AfterEach
	void stop() {
		this.fixture.afterEach(null);
		this.connections.destroy();
		this.redis.close();
	}

	@Test
	void changesStayWhereTheChannelIsForbiddenAndWhoWaitsFindsThemByItself() {
		String channel = QueueFixture.KEY_PREFIX + ":wake:x";
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> new StringRedisTemplate(RedisServers.ofApplications(this.connections))
				.convertAndSend(channel, "x"))
			.havingRootCause()
			.withMessageContaining("NOPERM");
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		List<LeasedTask> taken = new ArrayList<>();
		Thread worker = new Thread(
				() -> taken.addAll(waiting.queue(this.fixture.name()).dequeue(1, Duration.ofSeconds(30)).tasks()));
		worker.start();
		await().until(() -> !this.fixture.dump().values("waiters/").isEmpty());
		String id = this.fixture.template().enqueue(this.fixture.name(), "payload");
		assertThat(this.fixture.queue().task(id)).isPresent();
		await().atMost(Duration.ofSeconds(30)).until(() -> !worker.isAlive());
		assertThat(taken).extracting(LeasedTask::id).containsExactly(id);
		waiting.queue(this.fixture.name()).release(taken.get(0));
		assertThat(this.fixture.queue().stats().tasks()).isZero();
	}

}
