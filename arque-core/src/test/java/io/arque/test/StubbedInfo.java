package io.arque.test;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisServerCommands;
import org.springframework.util.ClassUtils;

/**
 * A real Redis that tells another version: everything passes through, {@code INFO} gets
 * the answer of the test.
 */
public final class StubbedInfo {

	private final RedisConnectionFactory delegate;

	private final AtomicInteger asked = new AtomicInteger();

	private volatile Supplier<Properties> answer = Properties::new;

	public StubbedInfo(RedisConnectionFactory delegate) {
		this.delegate = RedisServers.ofApplications(delegate);
	}

	/**
	 * Sets the answer: names and values in turn.
	 */
	public StubbedInfo answers(String... namesAndValues) {
		Properties properties = new Properties();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
		}
		return answers(() -> properties);
	}

	public StubbedInfo answers(Supplier<Properties> answer) {
		this.answer = answer;
		return this;
	}

	/**
	 * Returns how often it was asked.
	 */
	public int asked() {
		return this.asked.get();
	}

	public RedisConnectionFactory factory() {
		return proxy(RedisConnectionFactory.class, this.delegate, (proxy, method, args) -> {
			Object result = invoke(this.delegate, method, args);
			return (result instanceof RedisConnection connection) ? stubbed(connection) : result;
		});
	}

	private RedisConnection stubbed(RedisConnection connection) {
		return proxy(RedisConnection.class, connection, (proxy, method, args) -> {
			Object result = invoke(connection, method, args);
			return (method.getName().equals("serverCommands")) ? stubbed((RedisServerCommands) result) : result;
		});
	}

	private RedisServerCommands stubbed(RedisServerCommands commands) {
		return proxy(RedisServerCommands.class, commands, (proxy, method, args) -> {
			if (!method.getName().equals("info")) {
				return invoke(commands, method, args);
			}
			this.asked.incrementAndGet();
			return this.answer.get();
		});
	}

	private static <T> T proxy(Class<T> type, Object target, InvocationHandler handler) {
		return type.cast(Proxy.newProxyInstance(type.getClassLoader(), ClassUtils.getAllInterfaces(target), handler));
	}

	private static Object invoke(Object target, Method method, Object[] args) throws Throwable {
		try {
			method.setAccessible(true);
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

}
