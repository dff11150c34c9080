package io.arque.redis;

import java.util.List;

import ch.qos.logback.classic.Level;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the nodes of a real Cluster tell of themselves.
 */
@OwnServer
class ClusterServerCheckTests {

	private TestCluster cluster;

	private LettuceConnectionFactory connections;

	private QueueFixture fixture;

	private LogCapture log;

	@BeforeEach
	void start() {
		this.cluster = RedisServers.startCluster(3, 0);
		this.connections = this.cluster.newConnectionFactory();
		this.fixture = new QueueFixture(this.connections);
		this.log = new LogCapture(ServerCheck.class.getName());
	}

	@AfterEach
	void stop() {
		this.log.close();
		this.connections.destroy();
		this.cluster.close();
	}

	@Test
	void versionsOfAllNodesAreUnderstood() {
		this.fixture.template().enqueue(this.fixture.name(), "payload");
		assertThat(this.log.messages(Level.DEBUG)).isEmpty();
		assertThat(this.log.messages(Level.WARN)).isEmpty();
	}

	@Test
	void evictionOfTasksOnASingleNodeIsWarnedAbout() {
		this.cluster.masterOf(this.fixture.key("config"))
			.ask((commands) -> commands.configSet("maxmemory-policy", "allkeys-lru"));
		this.fixture.template().enqueueAll(this.fixture.name(), List.of("one", "two"));
		assertThat(this.log.messages(Level.WARN)).singleElement().asString().contains("allkeys-lru", "noeviction");
	}

}
