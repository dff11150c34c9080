package io.arque.test;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code WatchedConnections} is a way to Redis on which a test sees every connection
 * before it is opened, on the thread that asks for it, and may hold it up or refuse it.
 */
public final class WatchedConnections {

	private WatchedConnections() {
	}

	/**
	 * Returns the way.
	 * @param delegate where Redis is
	 * @param watcher is run before each connection; who asks for it gets what this throws
	 */
	public static RedisConnectionFactory on(RedisConnectionFactory delegate, Runnable watcher) {
		return (RedisConnectionFactory) Proxy.newProxyInstance(WatchedConnections.class.getClassLoader(),
				new Class<?>[] { RedisConnectionFactory.class }, (proxy, method, args) -> {
					if (method.getName().equals("getConnection")) {
						watcher.run();
					}
					try {
						return method.invoke(delegate, args);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

}
