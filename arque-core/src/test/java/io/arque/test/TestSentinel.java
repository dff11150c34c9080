package io.arque.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;

import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.RedisSentinel;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.awaitility.Awaitility.await;

/**
 * An embedded master, its replica and a Sentinel that watches them, on free ports of
 * 127.0.0.1. The JVM's exit stops them if nobody did.
 */
public final class TestSentinel implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(TestSentinel.class);

	private static final String MASTER = "arque";

	private final List<TestRedis> servers;

	private final int port;

	private final RedisSentinel sentinel;

	private TestSentinel(List<TestRedis> servers, int port) {
		this.servers = servers;
		this.port = port;
		this.sentinel = RedisSentinel.newRedisSentinel()
			.bind(TestRedis.HOST)
			.port(port)
			.masterName(MASTER)
			.masterPort(servers.get(0).port())
			.quorumSize(1)
			.downAfterMilliseconds(5000)
			.failOverTimeout(10_000)
			.parallelSyncs(1)
			.soutListener((line) -> logger.trace("{}: {}", port, line))
			.serrListener((line) -> logger.warn("{}: {}", port, line))
			.build();
	}

	static TestSentinel start() {
		TestRedis master = TestRedis.startOnFreePort("repl-diskless-sync yes", "repl-diskless-sync-delay 0");
		TestRedis replica = TestRedis.startOnFreePort("replicaof " + master.host() + " " + master.port(),
				"repl-diskless-sync yes", "repl-diskless-sync-delay 0");
		await().atMost(TestRedis.PATIENCE).until(replica::isReplicaInStep);
		try {
			TestSentinel started = new TestSentinel(List.of(master, replica), TestRedis.freePort());
			started.sentinel.start();
			await().atMost(TestRedis.PATIENCE)
				.until(() -> started.ask((commands) -> commands.replicas(MASTER)).size() == 1);
			return started;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns where an application finds it.
	 */
	public String url() {
		return "redis-sentinel://" + TestRedis.HOST + ":" + this.port + "#" + MASTER;
	}

	/**
	 * Returns a started connection factory of the caller's own; the caller destroys it.
	 */
	public LettuceConnectionFactory newConnectionFactory() {
		return RedisServers.newConnectionFactory(url());
	}

	/**
	 * Returns master and replica.
	 */
	public List<TestRedis> servers() {
		return this.servers;
	}

	/**
	 * Returns the server that the Sentinel names as master.
	 */
	public TestRedis master() {
		int masterPort = ((InetSocketAddress) ask((commands) -> commands.getMasterAddrByName(MASTER))).getPort();
		return this.servers.stream().filter((server) -> server.port() == masterPort).findFirst().orElseThrow();
	}

	/**
	 * Returns the server that the Sentinel does not name as master.
	 */
	public TestRedis replica() {
		TestRedis master = master();
		return this.servers.stream().filter((server) -> server != master).findFirst().orElseThrow();
	}

	/**
	 * Asks for a fail-over, and returns when the replica is the master.
	 */
	public void failOver() {
		TestRedis replica = replica();
		await().atMost(TestRedis.PATIENCE).ignoreExceptions().until(() -> {
			if (master() != replica) {
				ask((commands) -> commands.failover(MASTER)); // refused if under way
			}
			return master() == replica;
		});
	}

	/**
	 * Returns when the replica has all that was written before this call.
	 */
	public void awaitReplication() {
		replica().awaitReplicationOf(master());
	}

	private <T> T ask(Function<RedisSentinelCommands<String, String>, T> question) {
		try (StatefulRedisSentinelConnection<String, String> connection = RedisServers.client()
			.connectSentinel(RedisURI.create(TestRedis.HOST, this.port))) {
			return question.apply(connection.sync());
		}
	}

	@Override
	public String toString() {
		return "master and replica " + this.servers + ", Sentinel " + TestRedis.HOST + ":" + this.port;
	}

	@Override
	public void close() {
		try {
			this.sentinel.stop();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.servers.forEach(TestRedis::close);
	}

}
