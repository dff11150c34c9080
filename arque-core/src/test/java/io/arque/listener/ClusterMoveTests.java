package io.arque.listener;

import java.time.Duration;
import java.util.Set;

import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A queue comes to another node of a Cluster, while tasks are enqueued and worked on.
 */
@OwnServer
class ClusterMoveTests {

	/** Longer than any move takes: what runs twice here, ran twice for another reason. */
	private static final Duration LONG_LEASE = Duration.ofMinutes(10);

	private static TestCluster redis;

	private LettuceConnectionFactory connections;

	private Load load;

	@BeforeAll
	static void startCluster() {
		redis = RedisServers.startCluster(3, 1);
	}

	@AfterAll
	static void stopCluster() {
		redis.close();
	}

	@BeforeEach
	void connect() {
		this.connections = redis.newConnectionFactory();
	}

	@AfterEach
	void stop() {
		this.load.close();
		this.connections.destroy();
	}

	@Test
	void losesNothingAndRunsNothingTwiceWhileTheSlotMoves() throws Exception {
		this.load = new Load(this.connections, LONG_LEASE);
		this.load.awaitMore(200);
		TestCluster.Move move = redis.beginMove(this.load.key());
		boolean left;
		do {
			left = move.moveKey();
			awaitMoreRefusals(move.to());
		}
		while (left);
		move.finish();
		this.load.awaitMore(200);
		this.load.finish();
		this.load.assertNothingIsLostAndNothingRanTwice();
		this.load.awaitWakeUp();
		assertThat(redis.masterOf(this.load.key())).isSameAs(move.to());
	}

	@Test
	void losesNothingAndRunsNothingTwiceWhenAReplicaTakesOver() throws Exception {
		this.load = new Load(this.connections, LONG_LEASE);
		this.load.awaitMore(200);
		redis.failOver(this.load.key());
		this.load.awaitMore(200);
		this.load.finish();
		this.load.assertNothingIsLostAndNothingRanTwice();
		this.load.awaitWakeUp();
	}

	@Test
	void workResumesByItselfWhenTheMasterDies() throws Exception {
		this.load = new Load(this.connections, Duration.ofSeconds(3));
		this.load.awaitMore(200);
		Set<String> acknowledged = this.load.acknowledged();
		redis.awaitReplication(this.load.key());
		TestRedis master = redis.masterOf(this.load.key());
		master.stop();
		try {
			this.load.awaitMore(200);
			this.load.finish();
			assertThat(this.load.runs()).containsKeys(acknowledged.toArray(String[]::new));
			this.load.awaitWakeUp();
		}
		finally {
			master.start();
			await().atMost(Duration.ofSeconds(60)).until(master::isReplicaInStep);
		}
	}

	private static void awaitMoreRefusals(TestRedis server) {
		long before = server.refusals("TRYAGAIN");
		await().atMost(Duration.ofSeconds(30)).until(() -> server.refusals("TRYAGAIN") > before);
	}

}
