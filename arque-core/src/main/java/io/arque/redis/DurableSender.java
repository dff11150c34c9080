package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.arque.UncertainEnqueueException;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * {@code DurableSender} sends a partition's calls on connections of its own, and returns
 * when enough replicas have what they wrote.
 * <p>
 * {@code WAIT} speaks of what the master had written when it answered this connection's
 * last call. So it must go to the very server that took the call, and over the same
 * connection: one that is silently made again, perhaps to another server, has written
 * nothing, and its {@code WAIT} is content with anything. The connections are therefore
 * never made again by themselves. One that broke while idle is found out by the next
 * call, which is repeated on a new one; its number makes that safe.
 */
final class DurableSender implements Sender {

	private static final int MAX_IDLE = 8;

	private static final int MAX_REDIRECTS = 5;

	private static final Pattern REDIRECT = Pattern.compile("\\b(MOVED|ASK) \\d+ (\\S+):(\\d+)");

	private final String queue;

	private final Durability durability;

	private final Deque<RedisConnection> idle = new ConcurrentLinkedDeque<>();

	DurableSender(String queue, Durability durability) {
		this.queue = queue;
		this.durability = durability;
	}

	@Override
	public <T> T send(RedisScript<T> script, List<byte[]> keys, Object[] arguments) {
		Message<T> message = new Message<>(script, keys, arguments);
		RedisConnection used = this.idle.pollFirst();
		try {
			if (used != null) {
				return send(used, message);
			}
		}
		catch (BrokenException ex) {
			// it broke while nobody used it, or now: the call is repeated either way
		}
		catch (DataAccessException ex) {
			return redirect(message, ex, MAX_REDIRECTS);
		}
		return sendTo(null, message, false, MAX_REDIRECTS);
	}

	private <T> T sendTo(@Nullable RedisNode node, Message<T> message, boolean asking, int redirects) {
		RedisConnection connection = this.durability.connections().open(message.keys.get(0), node);
		try {
			if (asking) {
				connection.execute("ASKING");
			}
			return send(connection, message);
		}
		catch (BrokenException ex) {
			throw new UncertainEnqueueException(this.queue, "the connection broke", ex.getCause());
		}
		catch (DataAccessException ex) {
			return redirect(message, ex, redirects);
		}
	}

	private <T> T redirect(Message<T> message, DataAccessException answer, int redirects) {
		Matcher redirect = REDIRECT.matcher(Call.message(answer));
		if (redirects == 0 || !redirect.find()) {
			throw answer;
		}
		RedisNode node = new RedisNode(redirect.group(2), Integer.parseInt(redirect.group(3)));
		return sendTo(node, message, redirect.group(1).equals("ASK"), redirects - 1);
	}

	/** Uses a connection and keeps it, unless anything at all went wrong. */
	private <T> T send(RedisConnection connection, Message<T> message) {
		boolean whole = false;
		try {
			T answer = message.sendTo(connection);
			long replicas = awaitReplicas(connection);
			whole = true;
			if (replicas < this.durability.minReplicas()) {
				throw new UncertainEnqueueException(this.queue, replicas + " of " + this.durability.minReplicas()
						+ " replicas had it within " + this.durability.timeout().toMillis() + " ms", null);
			}
			return answer;
		}
		finally {
			if (whole && this.idle.size() < MAX_IDLE) {
				this.idle.addFirst(connection);
			}
			else {
				close(connection);
			}
		}
	}

	private long awaitReplicas(RedisConnection connection) {
		try {
			return this.durability.connections()
				.awaitReplicas(connection, this.durability.minReplicas(), this.durability.timeout());
		}
		catch (DataAccessException ex) {
			throw new UncertainEnqueueException(this.queue, "nobody knows whether replicas have it", ex);
		}
	}

	private static void close(RedisConnection connection) {
		try {
			connection.close();
		}
		catch (DataAccessException ex) {
			// it is gone either way
		}
	}

	/**
	 * A call, as it goes over a connection.
	 *
	 * @param <T> what the script returns
	 * @param script the script
	 * @param keys its keys
	 * @param arguments its arguments
	 */
	private record Message<T>(RedisScript<T> script, List<byte[]> keys, Object[] arguments) {

		/**
		 * Returns the script's answer.
		 * @throws BrokenException if there is none, and never will be
		 */
		T sendTo(RedisConnection connection) {
			byte[][] all = new byte[this.keys.size() + this.arguments.length][];
			for (int i = 0; i < all.length; i++) {
				all[i] = (i < this.keys.size()) ? this.keys.get(i) : (byte[]) this.arguments[i - this.keys.size()];
			}
			ReturnType type = ReturnType.fromJavaType(this.script.getResultType());
			try {
				return answer(
						connection.scriptingCommands().evalSha(this.script.getSha1(), type, this.keys.size(), all));
			}
			catch (DataAccessException ex) {
				if (!isAnswer(ex, connection)) {
					throw new BrokenException(ex);
				}
				if (!Call.message(ex).contains("NOSCRIPT")) {
					throw ex;
				}
			}
			try {
				byte[] text = this.script.getScriptAsString().getBytes(StandardCharsets.UTF_8);
				return answer(connection.scriptingCommands().eval(text, type, this.keys.size(), all));
			}
			catch (DataAccessException ex) {
				throw isAnswer(ex, connection) ? ex : new BrokenException(ex);
			}
		}

		private T answer(@Nullable T answer) {
			return Objects.requireNonNull(answer, "Redis's answer");
		}

		/** Whether it is Redis that refuses, and the connection lives. */
		private static boolean isAnswer(DataAccessException ex, RedisConnection connection) {
			try {
				return !(ex instanceof QueryTimeoutException) && connection.ping() != null;
			}
			catch (DataAccessException broken) {
				return false;
			}
		}

	}

	/**
	 * The connection broke before the answer came.
	 */
	private static final class BrokenException extends RuntimeException {

		private static final long serialVersionUID = 1;

		BrokenException(DataAccessException cause) {
			super(cause);
		}

	}

}
