package io.arque.listener;

import java.time.Duration;
import java.util.Set;

import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import io.arque.test.TestSentinel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Sentinel makes the replica the master, while tasks are enqueued and worked on.
 * Replication is asynchronous: only what the replica had is promised.
 */
@OwnServer
class SentinelFailOverTests {

	private TestSentinel redis;

	private LettuceConnectionFactory connections;

	private Load load;

	@BeforeEach
	void start() {
		this.redis = RedisServers.startSentinel();
		this.connections = this.redis.newConnectionFactory();
		this.load = new Load(this.connections, Duration.ofSeconds(3));
	}

	@AfterEach
	void stop() {
		this.load.close();
		this.connections.destroy();
		this.redis.close();
	}

	@Test
	void workResumesByItselfAfterAnOrderedFailOver() throws Exception {
		assertSurvives(() -> this.redis.failOver());
	}

	@Test
	void workResumesByItselfWhenTheMasterDies() throws Exception {
		assertSurvives(() -> this.redis.master().stop());
	}

	private void assertSurvives(Runnable failOver) throws Exception {
		this.load.awaitMore(200);
		TestRedis replica = this.redis.replica();
		Set<String> acknowledged = this.load.acknowledged();
		this.redis.awaitReplication();
		failOver.run();
		await().atMost(Duration.ofSeconds(60))
			.ignoreExceptions() // until there is a master again
			.until(() -> portOfMaster() == replica.port());
		this.load.awaitMore(200);
		this.load.finish();
		assertThat(this.load.runs()).containsKeys(acknowledged.toArray(String[]::new));
		this.load.awaitWakeUp();
	}

	private int portOfMaster() {
		try (RedisConnection connection = this.connections.getConnection()) {
			return Integer.parseInt(connection.serverCommands().info("server").getProperty("tcp_port"));
		}
	}

}
