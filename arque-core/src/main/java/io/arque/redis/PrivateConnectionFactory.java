package io.arque.redis;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisSentinelConnection;

/**
 * {@code PrivateConnectionFactory} passes everything on to the user's connection factory,
 * but is another object. Spring binds the connection of a {@code SessionCallback},
 * {@code MULTI} or transaction to the thread by the identity of its factory: a template
 * on this one never joins them, so that the user's {@code DISCARD} cannot drop our
 * writes.
 */
final class PrivateConnectionFactory implements RedisConnectionFactory {

	private final RedisConnectionFactory delegate;

	PrivateConnectionFactory(RedisConnectionFactory delegate) {
		this.delegate = delegate;
	}

	@Override
	public RedisConnection getConnection() {
		return this.delegate.getConnection();
	}

	@Override
	public RedisClusterConnection getClusterConnection() {
		return this.delegate.getClusterConnection();
	}

	@Override
	public boolean getConvertPipelineAndTxResults() {
		return this.delegate.getConvertPipelineAndTxResults();
	}

	@Override
	public RedisSentinelConnection getSentinelConnection() {
		return this.delegate.getSentinelConnection();
	}

	@Override
	public @Nullable DataAccessException translateExceptionIfPossible(RuntimeException ex) {
		return this.delegate.translateExceptionIfPossible(ex);
	}

}
