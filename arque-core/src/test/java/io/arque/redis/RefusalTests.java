package io.arque.redis;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;

import io.arque.LeasedTask;
import io.arque.test.JedisConnections;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import io.arque.test.TestRedis;
import io.lettuce.core.api.sync.RedisCommands;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Redis says that it cannot run a script now: the call is sent again until it can.
 */
@OwnServer
@Timeout(120)
class RefusalTests {

	/** For a minute or so: longer than a busy machine takes to see a few refusals. */
	private static final int MANY_RETRIES = 70;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static TestCluster cluster;

	private static LettuceConnectionFactory clusterConnections;

	@BeforeAll
	static void start() {
		cluster = RedisServers.startCluster(2, 0);
		clusterConnections = cluster.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		clusterConnections.destroy();
		cluster.close();
	}

	@Test
	void waitsOutTheMoveOfASlot() {
		QueueFixture fixture = new QueueFixture(clusterConnections);
		TestCluster.Move move = cluster.beginMove(fixture.key("config"));
		assertRepeated(fixture, () -> move.to().refusals("TRYAGAIN"), move::finish);
	}

	@Test
	void waitsOutASlotWithoutMaster() {
		QueueFixture fixture = new QueueFixture(clusterConnections);
		TestRedis master = cluster.masterOf(fixture.key("config"));
		int slot = TestCluster.slot(fixture.key("config"));
		master.ask((commands) -> commands.clusterDelSlots(slot));
		assertRepeated(fixture, () -> master.refusals("CLUSTERDOWN"),
				() -> master.ask((commands) -> commands.clusterAddSlots(slot)));
	}

	@Test
	void waitsOutAMasterThatHasBecomeAReplica() {
		assertRepeated((commands) -> commands.replicaof("127.0.0.1", 1), (commands) -> commands.replicaofNoOne());
	}

	@Test
	void waitsOutAMasterThatHasBecomeAReplicaWithJedisToo() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			JedisConnectionFactory connections = JedisConnections.pool(redis, 8);
			try {
				QueueFixture fixture = new QueueFixture(connections);
				redis.ask((commands) -> commands.replicaof("127.0.0.1", 1));
				assertRepeated(fixture, () -> RedisServers.scriptCalls(connections),
						() -> redis.ask(RedisCommands::replicaofNoOne));
			}
			finally {
				connections.destroy();
			}
		}
	}

	@Test
	void waitsOutAMasterThatMissesItsReplicas() {
		assertRepeated((commands) -> commands.configSet("min-replicas-to-write", "1"),
				(commands) -> commands.configSet("min-replicas-to-write", "0"));
	}

	@Test
	void waitsOutAReplicaThatMissesItsMaster() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			redis.ask((commands) -> commands.configSet("replica-serve-stale-data", "no"));
			assertRepeated(redis, () -> redis.refusals("MASTERDOWN"), (commands) -> commands.replicaof("127.0.0.1", 1),
					RedisCommands::replicaofNoOne);
		}
	}

	@Test
	void waitsOutARedisThatLoadsItsData(@TempDir Path folder) {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory connections = redis.newConnectionFactory();
			try {
				QueueFixture fixture = new QueueFixture(connections);
				fixture.client().maxRetries(MANY_RETRIES);
				String before = fixture.template().enqueue(fixture.name(), "payload");
				redis.load(folder, Duration.ofSeconds(8));
				CompletableFuture<String> enqueue = CompletableFuture
					.supplyAsync(() -> fixture.template().enqueue(fixture.name(), "payload"));
				await().atMost(PATIENCE).until(() -> redis.refusals("LOADING") > 0);
				String meanwhile = enqueue.join();
				assertThat(fixture.queue().dequeue(5, Duration.ZERO).tasks()).extracting(LeasedTask::id)
					.containsExactly(before, meanwhile);
			}
			finally {
				connections.destroy();
			}
		}
	}

	private static void assertRepeated(Function<RedisCommands<String, String>, String> bar,
			Function<RedisCommands<String, String>, String> mend) {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory counting = redis.newConnectionFactory();
			try {
				assertRepeated(redis, () -> RedisServers.scriptCalls(counting), bar, mend);
			}
			finally {
				counting.destroy();
			}
		}
	}

	private static void assertRepeated(TestRedis redis, LongSupplier refusals,
			Function<RedisCommands<String, String>, String> bar, Function<RedisCommands<String, String>, String> mend) {
		LettuceConnectionFactory connections = redis.newConnectionFactory();
		try {
			QueueFixture fixture = new QueueFixture(connections);
			redis.ask(bar);
			assertRepeated(fixture, refusals, () -> redis.ask(mend));
		}
		finally {
			connections.destroy();
		}
	}

	private static void assertRepeated(QueueFixture fixture, LongSupplier refusals, Runnable mend) {
		fixture.client().maxRetries(MANY_RETRIES);
		long before = refusals.getAsLong();
		ArqueTemplate template = fixture.template();
		CompletableFuture<String> enqueue = CompletableFuture
			.supplyAsync(() -> template.enqueue(fixture.name(), "payload"));
		await().pollInterval(Duration.ofMillis(5)).atMost(PATIENCE).until(() -> refusals.getAsLong() > before + 2);
		assertThat(enqueue).isNotDone();
		mend.run();
		String id = enqueue.join();
		assertThat(fixture.queue().dequeue(5, Duration.ZERO).tasks()).extracting(LeasedTask::id).containsExactly(id);
	}

}
