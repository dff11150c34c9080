package io.arque.redis;

import java.nio.charset.StandardCharsets;

import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whom a task wakes when those who have waited longest are dead.
 */
@OnePartition("Counts the calls of one waiter")
class WakeTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void callsTheNextWhereNobodyReceivesButOnlyOneWhereThatSaysNothing() {
		for (int i = 0; i < 7; i++) {
			byte[] dead = ("nobodyA" + i + "AAAAAAAB9").getBytes(StandardCharsets.UTF_8);
			this.fixture.redis().opsForZSet().add(this.fixture.key("waiters"), dead, i);
		}
		this.fixture.template().enqueue(this.fixture.name(), "payload");
		assertThat(this.fixture.dump().values("waiters/")).hasSize(isCluster() ? 6 : 2);
	}

	private boolean isCluster() {
		try (RedisConnection connection = this.fixture.connectionFactory().getConnection()) {
			return connection instanceof RedisClusterConnection;
		}
	}

}
