package io.arque.listener;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * {@code WatchedScripts} is a way to Redis on which a test sees every call of a script
 * before it is sent, on the thread that makes it.
 */
final class WatchedScripts {

	private WatchedScripts() {
	}

	static RedisConnectionFactory on(RedisConnectionFactory delegate, Watcher watcher) {
		return proxy(RedisConnectionFactory.class, delegate, (proxy, method, args) -> {
			Object result = invoke(delegate, method, args);
			return (result instanceof RedisConnection connection) ? on(connection, watcher) : result;
		});
	}

	private static RedisConnection on(RedisConnection delegate, Watcher watcher) {
		return proxy(RedisConnection.class, delegate, (proxy, method, args) -> {
			if (method.getName().startsWith("eval")) {
				watcher.called((byte[][]) args[3]);
			}
			return invoke(delegate, method, args);
		});
	}

	@SuppressWarnings("unchecked")
	private static <T> T proxy(Class<T> type, T target, InvocationHandler handler) {
		return (T) Proxy.newProxyInstance(type.getClassLoader(), ClassUtils.getAllInterfaces(target), handler);
	}

	private static Object invoke(Object target, Method method, Object[] args) throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	/**
	 * Sees calls, and may hold them up.
	 */
	@FunctionalInterface
	interface Watcher {

		/**
		 * A script is about to be called.
		 * @param keysAndArguments what it is called with
		 */
		void called(byte[][] keysAndArguments) throws Exception;

	}

}
