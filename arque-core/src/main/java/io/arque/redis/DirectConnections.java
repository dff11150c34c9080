package io.arque.redis;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisNode;

/**
 * Opens connections that nobody else uses, each to one server, and that are never made
 * again when they break: what was sent and what is asked next meet the same server, or
 * fail. Called by many threads.
 *
 * @since 0.1.0
 */
public interface DirectConnections {

	/**
	 * Opens a connection.
	 * @param key a key, for the master of its slot on a Cluster
	 * @param node the server that another one pointed at, none for the one that is known
	 * to be the master
	 * @return a new connection, which the caller closes
	 * @throws org.springframework.dao.DataAccessException if it cannot be opened
	 */
	RedisConnection open(byte[] key, @Nullable RedisNode node);

	/**
	 * Waits until replicas have all that this connection has written.
	 * @param connection one of {@link #open}
	 * @param replicas how many replicas
	 * @param timeout how long to wait
	 * @return how many had it in time, which may be more or fewer
	 * @throws org.springframework.dao.DataAccessException if the connection broke
	 */
	long awaitReplicas(RedisConnection connection, int replicas, Duration timeout);

}
