package io.arque.test;

import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RedisServersTests {

	@Test
	void sharedServersAnswerPingAndTellTheirVersion() {
		LettuceConnectionFactory factory = RedisServers.newConnectionFactory();
		try {
			assertThat(ping(factory)).isEqualTo("PONG");
			assertThat(RedisServers.version(factory)).matches("(Redis [67]|Valkey 8)\\.\\d+\\.\\d+");
		}
		finally {
			factory.destroy();
		}
	}

	@Test
	void privateServerIsAnotherOneAndComesBackEmptyOnItsPort() {
		byte[] key = { 1 };
		try (TestRedis redis = RedisServers.startPrivate()) {
			int port = redis.port();
			assertThat(RedisServers.url()).doesNotContain(":" + port);
			LettuceConnectionFactory factory = redis.newConnectionFactory();
			try {
				try (RedisConnection connection = factory.getConnection()) {
					connection.stringCommands().set(key, key);
				}
				redis.stop();
				assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> pingAnew(redis));
				redis.start();
				assertThat(redis.port()).isEqualTo(port);
				try (RedisConnection connection = factory.getConnection()) {
					assertThat(connection.keyCommands().exists(key)).isFalse();
				}
			}
			finally {
				factory.destroy();
			}
		}
	}

	private static void pingAnew(TestRedis redis) {
		LettuceConnectionFactory factory = redis.newConnectionFactory();
		try {
			ping(factory);
		}
		finally {
			factory.destroy();
		}
	}

	private static String ping(LettuceConnectionFactory factory) {
		try (RedisConnection connection = factory.getConnection()) {
			return connection.ping();
		}
	}

}
