package io.arque.test;

import java.time.Duration;

import redis.clients.jedis.JedisPoolConfig;

import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.jedis.JedisClientConfiguration;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

/**
 * Connection factories of Jedis for applications, for what has to work with it as with
 * Lettuce. The embedded server brings Jedis to the class path.
 */
public final class JedisConnections {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private JedisConnections() {
	}

	/**
	 * Returns a started connection factory with a pool; the caller destroys it.
	 * @param connections how many the pool may have; who asks for more waits
	 */
	public static JedisConnectionFactory pool(TestRedis redis, int connections) {
		return pool(redis.port(), connections);
	}

	/**
	 * Returns a started connection factory with a pool that goes through a proxy; the
	 * caller destroys it.
	 * @param connections how many the pool may have; who asks for more waits
	 */
	public static JedisConnectionFactory pool(FaultyProxy proxy, int connections) {
		return pool(proxy.port(), connections);
	}

	private static JedisConnectionFactory pool(int port, int connections) {
		JedisPoolConfig pool = new JedisPoolConfig();
		pool.setMaxTotal(connections);
		pool.setMaxIdle(connections);
		RedisStandaloneConfiguration server = new RedisStandaloneConfiguration(TestRedis.HOST, port);
		LeastPrivilege.restrict(server);
		JedisConnectionFactory factory = new JedisConnectionFactory(server,
				JedisClientConfiguration.builder()
					.readTimeout(TIMEOUT)
					.connectTimeout(TIMEOUT)
					.usePooling()
					.poolConfig(pool)
					.build());
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

}
