package io.arque.redis;

import java.util.List;
import java.util.Properties;

import ch.qos.logback.classic.Level;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a Cluster that is there says to {@code INFO}: each node speaks for itself.
 */
@OwnServer
@Timeout(120)
class ClusterCheckTests {

	/** Keys whose slots lie on three nodes. */
	private static final List<String> ONE_ON_EACH_NODE = List.of("a", "b", "c");

	private static TestCluster cluster;

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() {
		cluster = RedisServers.startCluster(3, 0);
		connections = cluster.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		cluster.close();
	}

	@Test
	void everyNodeTellsItsVersionAndPolicyUnderItsAddress() {
		try (RedisConnection connection = connections.getConnection()) {
			Properties info = connection.serverCommands().info();
			for (String key : ONE_ON_EACH_NODE) {
				TestRedis node = cluster.masterOf(key);
				String address = node.host() + ":" + node.port() + ".";
				assertThat(info.stringPropertyNames()).contains(address + "redis_version",
						address + "maxmemory_policy");
			}
		}
	}

	@Test
	void clusterPassesWithoutAWord() {
		try (LogCapture log = new LogCapture(ServerCheck.class.getName())) {
			enqueue();
			assertThat(log.messages(Level.DEBUG)).isEmpty();
			assertThat(log.messages(Level.WARN)).isEmpty();
		}
	}

	@Test
	void evictionOnOneNodeOnlyIsWarnedAbout() {
		assertThat(ONE_ON_EACH_NODE).extracting(cluster::masterOf).doesNotHaveDuplicates();
		for (String key : ONE_ON_EACH_NODE) {
			setPolicy(key, "allkeys-lru");
			try (LogCapture log = new LogCapture(ServerCheck.class.getName())) {
				enqueue();
				assertThat(log.messages(Level.WARN)).singleElement().asString().contains("allkeys-lru", "noeviction");
			}
			finally {
				setPolicy(key, "noeviction");
			}
		}
	}

	private static void setPolicy(String key, String policy) {
		cluster.masterOf(key).ask((commands) -> commands.configSet("maxmemory-policy", policy));
	}

	private static void enqueue() {
		QueueFixture fixture = new QueueFixture(connections);
		fixture.template().enqueue(fixture.name(), "payload");
		assertThat(fixture.queue().stats().pending()).isEqualTo(1);
	}

}
