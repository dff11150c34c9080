package io.arque.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.netty.util.HashedWheelTimer;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisClusterNode;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The Redis servers that tests talk to: those that all tests of a JVM share, and private
 * ones that a test may stop.
 * <p>
 * What is shared is chosen by the system property {@code arque.test.redis}, see
 * {@link Topology}, and started at first use; unless the system property
 * {@code arque.test.redis.url} or the environment variable {@code ARQUE_TEST_REDIS_URL}
 * names servers that are there ({@code redis://user:password@host:port/database},
 * {@code redis-sentinel://host:port#master} or
 * {@code redis-cluster://host:port,host:port}). Tests share the key space: each uses a
 * queue name or key prefix of its own and never flushes.
 */
public final class RedisServers {

	static final String CLUSTER_SCHEME = "redis-cluster://";

	private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(5);

	private RedisServers() {
	}

	/**
	 * Returns the address of what is shared, with the credentials and database if it has
	 * any, as {@code arque.test.redis.url} takes it; that of a single server as
	 * {@code spring.data.redis.url} takes it, too.
	 */
	public static String url() {
		return Topology.shared().url();
	}

	/**
	 * Returns the connection factory to what is shared that all tests may use, but none
	 * may destroy.
	 */
	public static LettuceConnectionFactory connectionFactory() {
		return Shared.FACTORY;
	}

	/**
	 * Returns the address of what is shared, a single server, for an application: as
	 * {@code spring.data.redis.url} takes it, with the user of {@link LeastPrivilege} if
	 * the server knows it.
	 */
	public static String urlOfApplications() {
		return Topology.knowsUser() ? LeastPrivilege.restrict(url()) : url();
	}

	/**
	 * Returns what an application is given where a test has this factory: one to the same
	 * servers for the user of {@link LeastPrivilege}, if they know it.
	 */
	public static RedisConnectionFactory ofApplications(RedisConnectionFactory factory) {
		return (factory instanceof TestConnectionFactory administrator) ? administrator.ofApplications() : factory;
	}

	/**
	 * Returns what a JVM that a test starts has to be told to find the same shared
	 * servers.
	 */
	public static List<String> optionsOfOtherJvms() {
		return List.of("-D" + Topology.URL_PROPERTY + "=" + url(),
				"-D" + Topology.ACL_PROPERTY + "=" + Topology.knowsUser(),
				"-Darque.test.partitions=" + Integer.getInteger("arque.test.partitions", 1));
	}

	/**
	 * Returns a started connection factory to what is shared; the caller destroys it.
	 */
	public static LettuceConnectionFactory newConnectionFactory() {
		return newConnectionFactory(url(), COMMAND_TIMEOUT, Topology.knowsUser());
	}

	/**
	 * Starts a server that nobody else uses; the caller closes it.
	 */
	public static TestRedis startPrivate() {
		return TestRedis.startOnFreePort();
	}

	/**
	 * Starts a Cluster that nobody else uses; the caller closes it.
	 * @param masters how many masters share the slots
	 * @param replicas how many replicas each master has
	 */
	public static TestCluster startCluster(int masters, int replicas) {
		return TestCluster.start(masters, replicas);
	}

	/**
	 * Starts a master, a replica and a Sentinel that nobody else uses; the caller closes
	 * them.
	 */
	public static TestSentinel startSentinel() {
		return TestSentinel.start();
	}

	/**
	 * Asks each server that takes writes, and adds up the answers: what is counted or
	 * subscribed on one node of a Cluster the others do not know.
	 */
	public static long sum(RedisConnectionFactory factory, ToLongFunction<RedisConnection> question) {
		try (RedisConnection connection = factory.getConnection()) {
			if (connection instanceof RedisClusterConnection cluster) {
				long sum = 0;
				for (RedisClusterNode node : cluster.clusterCommands().clusterGetNodes()) {
					sum += ask(node, question);
				}
				return sum;
			}
			return question.applyAsLong(connection);
		}
	}

	private static long ask(RedisClusterNode node, ToLongFunction<RedisConnection> question) {
		LettuceConnectionFactory factory = Threads.NODES
			.computeIfAbsent("redis://" + node.getHost() + ":" + node.getPort(), RedisServers::newConnectionFactory);
		try (RedisConnection connection = factory.getConnection()) {
			return question.applyAsLong(connection);
		}
	}

	/**
	 * Returns how many script calls all servers have run so far.
	 */
	public static long scriptCalls(RedisConnectionFactory factory) {
		return sum(factory, (connection) -> {
			Properties stats = connection.serverCommands().info("commandstats");
			return calls(stats, "evalsha") + calls(stats, "eval");
		});
	}

	/**
	 * Returns how many script calls each node of a Cluster has run so far, by its port.
	 */
	public static Map<String, Long> scriptCallsByNode(RedisConnectionFactory factory) {
		Map<String, Long> calls = new ConcurrentHashMap<>();
		sum(factory, (connection) -> {
			Properties info = connection.serverCommands().info("all");
			return calls.merge(info.getProperty("tcp_port"), calls(info, "evalsha") + calls(info, "eval"), Long::sum);
		});
		return calls;
	}

	private static long calls(Properties stats, String command) {
		String line = stats.getProperty("cmdstat_" + command, "calls=0,");
		return Long.parseLong(line.substring("calls=".length(), line.indexOf(',')));
	}

	static LettuceConnectionFactory newConnectionFactory(String url) {
		return newConnectionFactory(url, COMMAND_TIMEOUT, true);
	}

	/**
	 * Returns a started connection factory; the caller destroys it.
	 * @param url where the servers are
	 * @param commandTimeout how long it waits for an answer
	 * @param knownUser whether the servers know the user of {@link LeastPrivilege}
	 */
	static LettuceConnectionFactory newConnectionFactory(String url, Duration commandTimeout, boolean knownUser) {
		LettuceClientConfiguration client = LettuceClientConfiguration.builder()
			.clientResources(Threads.RESOURCES)
			.commandTimeout(commandTimeout)
			.shutdownTimeout(Duration.ZERO)
			.build();
		LettuceConnectionFactory factory = knownUser ? new TestConnectionFactory(() -> configuration(url), client)
				: new LettuceConnectionFactory(configuration(url), client);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	private static RedisConfiguration configuration(String url) {
		if (url.startsWith(CLUSTER_SCHEME)) {
			return new RedisClusterConfiguration(List.of(url.substring(CLUSTER_SCHEME.length()).split(",", -1)));
		}
		return LettuceConnectionFactory.createRedisConfiguration(url);
	}

	static RedisClient client() {
		return Threads.CLIENT;
	}

	static String version(LettuceConnectionFactory factory) {
		try (RedisConnection connection = factory.getConnection()) {
			Properties server = (connection instanceof RedisClusterConnection cluster)
					? cluster.serverCommands()
						.info(cluster.clusterCommands().clusterGetNodes().iterator().next(), "server")
					: connection.serverCommands().info("server");
			String valkey = server.getProperty("valkey_version");
			return (valkey != null) ? "Valkey " + valkey : "Redis " + server.getProperty("redis_version");
		}
	}

	/**
	 * Lettuce's threads, made once: a set per connection factory would be the slowest
	 * part of most tests. And connections to single nodes of a Cluster, kept.
	 */
	private static final class Threads {

		/** Ticks often, so that a broken connection is made again within milliseconds. */
		private static final HashedWheelTimer TIMER = new HashedWheelTimer(new DefaultThreadFactory("timer", true), 5,
				TimeUnit.MILLISECONDS);

		static final ClientResources RESOURCES = DefaultClientResources.builder()
			.timer(TIMER)
			.reconnectDelay(Delay.exponential(Duration.ofMillis(1), Duration.ofMillis(200), 2, TimeUnit.MILLISECONDS))
			.build();

		static final RedisClient CLIENT = RedisClient.create(RESOURCES);

		static final Map<String, LettuceConnectionFactory> NODES = new ConcurrentHashMap<>();

	}

	private static final class Shared {

		static final LettuceConnectionFactory FACTORY = newConnectionFactory();

	}

}
