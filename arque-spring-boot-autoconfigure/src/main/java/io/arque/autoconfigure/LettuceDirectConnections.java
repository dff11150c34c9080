package io.arque.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.redis.DirectConnections;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.output.IntegerOutput;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration.LettuceClientConfigurationBuilder;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * {@code LettuceDirectConnections} opens connections as the application's own Lettuce
 * factory does, but that reconnect never and that nobody shares.
 */
final class LettuceDirectConnections implements DirectConnections, DisposableBean {

	/** Stands for whatever master the application's configuration finds. */
	private static final String CONFIGURED = "";

	private final LettuceConnectionFactory application;

	private final LettuceClientConfiguration client;

	private final Map<String, LettuceConnectionFactory> factories = new ConcurrentHashMap<>();

	LettuceDirectConnections(LettuceConnectionFactory application, Duration longestWait) {
		this.application = application;
		this.client = client(application.getClientConfiguration(), longestWait);
	}

	private static LettuceClientConfiguration client(LettuceClientConfiguration from, Duration longestWait) {
		ClientOptions options = from.getClientOptions().orElseGet(ClientOptions::create);
		LettuceClientConfigurationBuilder builder = LettuceClientConfiguration.builder()
			.clientOptions(options.mutate().autoReconnect(false).build())
			.commandTimeout(from.getCommandTimeout().plus(longestWait))
			.shutdownTimeout(from.getShutdownTimeout())
			.shutdownQuietPeriod(from.getShutdownQuietPeriod());
		from.getClientResources().ifPresent(builder::clientResources);
		from.getClientName().ifPresent(builder::clientName);
		from.getRedisCredentialsProviderFactory().ifPresent(builder::redisCredentialsProviderFactory);
		if (from.isUseSsl()) {
			var ssl = builder.useSsl().verifyPeer(from.getVerifyMode());
			if (from.isStartTls()) {
				ssl.startTls();
			}
		}
		return builder.build();
	}

	@Override
	public RedisConnection open(byte[] key, @Nullable RedisNode node) {
		RedisClusterConfiguration cluster = this.application.getClusterConfiguration();
		if (cluster == null && node == null) {
			return this.factories.computeIfAbsent(CONFIGURED, (name) -> start(configured())).getConnection();
		}
		RedisNode master = (node != null) ? node : masterOf(key);
		return this.factories.computeIfAbsent(master.asString(), (name) -> start(alone(master, cluster)))
			.getConnection();
	}

	private RedisNode masterOf(byte[] key) {
		try (RedisClusterConnection connection = this.application.getClusterConnection()) {
			return connection.clusterGetNodeForKey(key);
		}
	}

	private RedisConfiguration configured() {
		if (this.application.getSentinelConfiguration() != null) {
			return this.application.getSentinelConfiguration();
		}
		if (this.application.getSocketConfiguration() != null) {
			return this.application.getSocketConfiguration();
		}
		return this.application.getStandaloneConfiguration();
	}

	private static RedisConfiguration alone(RedisNode node, @Nullable RedisClusterConfiguration cluster) {
		RedisStandaloneConfiguration configuration = new RedisStandaloneConfiguration(
				Objects.requireNonNull(node.getHost()), node.getRequiredPort());
		if (cluster != null) {
			configuration.setUsername(cluster.getUsername());
			configuration.setPassword(cluster.getPassword());
		}
		return configuration;
	}

	private LettuceConnectionFactory start(RedisConfiguration configuration) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory(configuration, this.client);
		factory.setShareNativeConnection(false);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	@Override
	public long awaitReplicas(RedisConnection connection, int replicas, Duration timeout) {
		Object reached = ((LettuceConnection) connection).execute("WAIT", new IntegerOutput<>(ByteArrayCodec.INSTANCE),
				bytes(replicas), bytes(timeout.toMillis()));
		return (reached instanceof Long number) ? number : 0;
	}

	private static byte[] bytes(long number) {
		return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
	}

	@Override
	public void destroy() {
		this.factories.values().forEach(LettuceConnectionFactory::destroy);
	}

}
