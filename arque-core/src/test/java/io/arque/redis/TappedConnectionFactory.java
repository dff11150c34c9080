package io.arque.redis;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.script.RedisScript;
import io.arque.test.RedisServers;
import org.springframework.util.ClassUtils;

/**
 * Notes the script calls of an application that pass through, and loses answers: the
 * script runs, its caller gets an exception, as after a time-out.
 */
final class TappedConnectionFactory {

	private static final Runnable NOTHING = () -> {
	};

	private final RedisConnectionFactory delegate;

	private final List<ScriptCall> calls = new CopyOnWriteArrayList<>();

	private final AtomicInteger toLose = new AtomicInteger();

	private final AtomicReference<Runnable> beforeNext = new AtomicReference<>(NOTHING);

	private volatile Consumer<ScriptCall> beforeEach = (call) -> {
	};

	TappedConnectionFactory(RedisConnectionFactory delegate) {
		this.delegate = RedisServers.ofApplications(delegate);
	}

	/**
	 * Returns the factory to give to a client.
	 */
	RedisConnectionFactory factory() {
		return proxy(RedisConnectionFactory.class, this.delegate, (proxy, method, args) -> {
			Object result = invoke(this.delegate, method, args);
			return (result instanceof RedisConnection connection) ? tapped(connection) : result;
		});
	}

	/**
	 * Returns the calls that were answered so far, or would have been.
	 */
	List<ScriptCall> calls() {
		return this.calls;
	}

	void loseNextAnswers(int answers) {
		this.toLose.set(answers);
	}

	/**
	 * Runs something once, before the next script call is sent.
	 */
	void beforeNextCall(Runnable action) {
		this.beforeNext.set(action);
	}

	/**
	 * Runs something before each script call is sent, from now on. Several may come at
	 * once; none has an answer yet.
	 */
	void beforeEachCall(Consumer<ScriptCall> action) {
		this.beforeEach = action;
	}

	private RedisConnection tapped(RedisConnection connection) {
		return proxy(RedisConnection.class, connection, (proxy, method, args) -> {
			if (!method.getName().startsWith("eval")) {
				return invoke(connection, method, args);
			}
			this.beforeEach.accept(new ScriptCall(this.delegate, method, args, null));
			this.beforeNext.getAndSet(NOTHING).run();
			Object answer = invoke(connection, method, args);
			this.calls.add(new ScriptCall(this.delegate, method, args, answer));
			if (this.toLose.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
				throw new QueryTimeoutException("The answer was lost");
			}
			return answer;
		});
	}

	/**
	 * Stands between a caller and Redis.
	 */
	@SuppressWarnings("unchecked")
	static <T> T proxy(Class<T> type, Object target, InvocationHandler handler) {
		return (T) Proxy.newProxyInstance(type.getClassLoader(), ClassUtils.getAllInterfaces(target), handler);
	}

	static Object invoke(Object target, Method method, Object[] args) throws Throwable {
		try {
			return method.invoke(target, args);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	/**
	 * One call of a script.
	 *
	 * @param factory where Redis is
	 * @param method the connection's method
	 * @param args script, type of the answer, number of keys, keys and arguments
	 * @param answer the answer as it came
	 */
	record ScriptCall(RedisConnectionFactory factory, Method method, Object[] args, Object answer) {

		/**
		 * Sends the call once more, just as it was.
		 * @return the answer
		 */
		Object again() {
			return send((byte[][]) this.args[3]);
		}

		/**
		 * Sends the call as if it were the one before its lane's last.
		 * @return the answer
		 */
		Object lateAgain() {
			byte[][] values = ((byte[][]) this.args[3]).clone();
			values[keys()] = Long.toString(Long.parseLong(argument(0)) - 1).getBytes(StandardCharsets.UTF_8);
			return send(values);
		}

		/**
		 * Sends the call once more, to another script.
		 * @return the answer
		 */
		Object againAs(String script) {
			byte[] text = script.getBytes(StandardCharsets.UTF_8);
			try (RedisConnection connection = this.factory.getConnection()) {
				return connection.scriptingCommands()
					.eval(text, (ReturnType) this.args[1], keys(), (byte[][]) this.args[3]);
			}
		}

		int keys() {
			return (Integer) this.args[2];
		}

		int arguments() {
			return ((byte[][]) this.args[3]).length - keys();
		}

		String argument(int index) {
			return new String(((byte[][]) this.args[3])[keys() + index], StandardCharsets.UTF_8);
		}

		boolean isOf(RedisScript<?> script) {
			return script.getSha1().equals(this.args[0]) || (this.args[0] instanceof byte[] text
					&& script.getScriptAsString().equals(new String(text, StandardCharsets.UTF_8)));
		}

		private Object send(byte[][] values) {
			try (RedisConnection connection = this.factory.getConnection()) {
				return invoke(connection, this.method,
						new Object[] { this.args[0], this.args[1], this.args[2], values });
			}
			catch (RuntimeException ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
