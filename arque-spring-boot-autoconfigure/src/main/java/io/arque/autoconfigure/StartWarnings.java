package io.arque.autoconfigure;

import java.time.Duration;

import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.redis.ArqueClient;
import io.arque.redis.RedisQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * {@code StartWarnings} tells, once, of time-outs elsewhere in the application that do
 * not go with those of its listeners. It changes none of them.
 */
final class StartWarnings implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(StartWarnings.class);

	private static final boolean LETTUCE = ClassUtils.isPresent("io.lettuce.core.RedisClient",
			StartWarnings.class.getClassLoader());

	private final ArqueListenerEndpointRegistry registry;

	private final ArqueClient client;

	private final ArqueRedisConnections connections;

	private final @Nullable DataRedisProperties redis;

	private final @Nullable LifecycleProperties lifecycle;

	StartWarnings(ArqueListenerEndpointRegistry registry, ArqueClient client, ArqueRedisConnections connections,
			@Nullable DataRedisProperties redis, @Nullable LifecycleProperties lifecycle) {
		this.registry = registry;
		this.client = client;
		this.connections = connections;
		this.redis = redis;
		this.lifecycle = lifecycle;
	}

	@Override
	public void afterSingletonsInstantiated() {
		warnOfShutdownTimeout();
		warnOfCommandTimeout();
	}

	private void warnOfShutdownTimeout() {
		if (this.lifecycle == null) {
			return;
		}
		Duration ofPhase = this.lifecycle.getTimeoutPerShutdownPhase();
		for (ArqueListenerContainer container : this.registry.getContainers()) {
			Duration own = container.settings().shutdownTimeout();
			if (own.compareTo(ofPhase) >= 0) {
				logger.warn("arque.listener.shutdown-timeout ({}) is not below"
						+ " spring.lifecycle.timeout-per-shutdown-phase ({}): when the application stops, handlers may"
						+ " lose Redis before they end, and their tasks run again", own, ofPhase);
				return;
			}
		}
	}

	private void warnOfCommandTimeout() {
		Duration timeout = commandTimeout();
		RedisQueue shortest = null;
		for (ArqueListenerContainer container : this.registry.getContainers()) {
			for (String name : container.endpoint().queues()) {
				RedisQueue queue = this.client.queue(name);
				if (shortest == null || leaseDuration(queue).compareTo(leaseDuration(shortest)) < 0) {
					shortest = queue;
				}
			}
		}
		if (timeout != null && shortest != null && timeout.multipliedBy(3).compareTo(leaseDuration(shortest)) > 0) {
			logger.warn("The time-out of Redis commands ({}) is above a third of the lease-duration of queue {} ({}):"
					+ " one call without an answer may cost all leases. Set spring.data.redis.timeout to at most {}",
					timeout, shortest.name(), leaseDuration(shortest), leaseDuration(shortest).dividedBy(3));
		}
	}

	private static Duration leaseDuration(RedisQueue queue) {
		return queue.settings().leaseDuration();
	}

	private @Nullable Duration commandTimeout() {
		RedisConnectionFactory factory = this.connections.chooseIfClear();
		Duration ofFactory = (LETTUCE && factory != null) ? Lettuce.commandTimeout(factory) : null;
		if (ofFactory != null || this.redis == null) {
			return ofFactory;
		}
		return this.redis.getTimeout();
	}

	/**
	 * What may be loaded only where Lettuce is.
	 */
	private static final class Lettuce {

		static @Nullable Duration commandTimeout(RedisConnectionFactory factory) {
			return (factory instanceof LettuceConnectionFactory lettuce)
					? lettuce.getClientConfiguration().getCommandTimeout() : null;
		}

	}

}
