package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import io.arque.test.RedisServers;
import org.springframework.data.redis.connection.ReturnType;

/**
 * {@code WatchedRedis} stands between clients and Redis: it runs each script call at a
 * time of its own choice, tells the model of it, and compares answer and queue.
 */
final class WatchedRedis {

	private static final String CHANNELS = QueueFixture.KEY_PREFIX + ":wake:";

	private final RedisConnectionFactory delegate;

	private final RedisConnectionFactory ofClients;

	private final List<byte[]> keys;

	private final ClockedScripts scripts;

	private ModelCalls model;

	private QueueModel queue;

	private ModelWaiting waiting;

	private Set<String> tokens;

	private List<Sent> sent;

	private List<Told> told;

	private long now;

	private Fault fault;

	private AssertionError failure;

	/**
	 * Watches a queue.
	 * @param delegate where Redis is
	 * @param keys the queue's keys
	 * @param mutation changes a script's text, to see that the model notices
	 */
	WatchedRedis(RedisConnectionFactory delegate, QueueKeys keys, UnaryOperator<String> mutation) {
		this.delegate = delegate;
		this.ofClients = RedisServers.ofApplications(delegate);
		this.keys = keys.with("").subList(0, 10);
		this.scripts = new ClockedScripts(delegate, mutation);
		// two of three instances hear; without one that does no place is kept for anybody
		delegate.getConnection().subscribe((message, pattern) -> {
		}, latin(CHANNELS + "client-0"), latin(CHANNELS + "client-2"));
		reset();
	}

	/**
	 * Begins anew, with an empty queue.
	 */
	void reset() {
		this.queue = new QueueModel();
		this.model = new ModelCalls(this.queue);
		this.waiting = ModelWaiting.NOBODY;
		this.tokens = new HashSet<>();
		this.sent = new ArrayList<>();
		this.now = 1_700_000_000_000L;
		this.told = new ArrayList<>();
		this.fault = Fault.NONE;
		this.failure = null;
		try (RedisConnection connection = this.delegate.getConnection()) {
			String tag = text(this.keys.get(0));
			byte[] pattern = latin(tag.substring(0, tag.length() - "config".length()) + "*");
			Set<byte[]> left = connection.keyCommands().keys(pattern);
			if (!left.isEmpty()) {
				connection.keyCommands().del(left.toArray(byte[][]::new));
			}
		}
	}

	RedisConnectionFactory factory() {
		return TappedConnectionFactory.proxy(RedisConnectionFactory.class, this.ofClients, (proxy, method, args) -> {
			Object result = TappedConnectionFactory.invoke(this.ofClients, method, args);
			return (result instanceof RedisConnection connection) ? watched(connection) : result;
		});
	}

	private RedisConnection watched(RedisConnection connection) {
		return TappedConnectionFactory.proxy(RedisConnection.class, connection, (proxy, method, args) -> {
			if (!method.getName().equals("evalSha")) {
				return TappedConnectionFactory.invoke(connection, method, args);
			}
			Sent call = new Sent(this.scripts.name((String) args[0]), (ReturnType) args[1], (int) args[2],
					(byte[][]) args[3]);
			return send(connection, call);
		});
	}

	private synchronized Object send(RedisConnection connection, Sent call) {
		Fault now = this.fault;
		this.fault = Fault.NONE;
		if (now == Fault.NOT_SENT) {
			throw new ArrangedException("The call was lost");
		}
		if (this.sent.size() == 30) {
			this.sent.remove(0);
		}
		this.sent.add(call);
		Object answer = run(connection, call, now == Fault.ANSWER_LOST);
		if (now == Fault.ANSWER_LOST) {
			throw new ArrangedException("The answer was lost");
		}
		return answer;
	}

	private Object run(RedisConnection connection, Sent sent, boolean lost) {
		ModelCall call = sent.call(this.now);
		boolean repeated = this.model.isRemembered(call);
		Object expected = this.model.answer(sent.script, call, this.waiting);
		Object answer = null;
		Object readable;
		try {
			answer = this.scripts.run(connection, sent.script, sent.type, sent.keys, sent.values, this.now);
			readable = ModelDump.readable(answer);
		}
		catch (DataAccessException ex) {
			readable = String.valueOf(ex.getMostSpecificCause().getMessage()).contains("ARQUESTALE") ? ModelCalls.STALE
					: ex.getMostSpecificCause();
		}
		this.told.add(new Told(sent.script, call, readable));
		ModelDump found = dump();
		String wrong = difference(sent.script, expected, readable) + found.differenceFrom(this.queue)
				+ found.violation() + strangers(call, found.waiting());
		if (sent.script.equals("dequeue") && !repeated && readable instanceof List<?> list) {
			wrong += throttleAndToken(call, list, found, lost);
		}
		this.waiting = found.waiting();
		if (!wrong.isEmpty()) {
			this.failure = new AssertionError(sent.script + " at " + this.now + ":\n" + wrong);
			throw this.failure;
		}
		if (readable == ModelCalls.STALE) {
			throw new ArrangedException("ARQUESTALE");
		}
		return answer;
	}

	private ModelDump dump() {
		try (RedisConnection connection = this.delegate.getConnection()) {
			return this.scripts.dump(connection, this.keys);
		}
		catch (RuntimeException ex) { // clients would take it for Redis's answer
			this.failure = new AssertionError("The queue cannot be looked at", ex);
			throw this.failure;
		}
	}

	/** Only who calls may join those who wait, and only now. */
	private String strangers(ModelCall call, ModelWaiting after) {
		StringBuilder strangers = new StringBuilder();
		after.waiters().forEach((waiter, since) -> {
			if (!since.equals(this.waiting.waiters().get(waiter))
					&& (since != call.now() || !waiter.startsWith(call.lane()))) {
				strangers.append(waiter + " waits since " + since + " and did not call\n");
			}
		});
		return strangers.toString();
	}

	private static String difference(String script, Object expected, Object found) {
		if (expected instanceof List<?> list && found instanceof List<?> other && list.size() == other.size()) {
			for (int i = 0; i < list.size(); i++) {
				if (list.get(i) != ModelCalls.ANYTHING && !list.get(i).equals(other.get(i))) {
					return script + " answered " + ModelDump.printable(found) + " but should "
							+ ModelDump.printable(expected) + ", see element " + i + "\n";
				}
			}
			return "";
		}
		return expected.equals(found) ? "" : script + " answered " + ModelDump.printable(found) + " but should "
				+ ModelDump.printable(expected) + "\n";
	}

	private String throttleAndToken(ModelCall call, List<?> answer, ModelDump found, boolean lost) {
		if (((List<?>) answer.get(12)).isEmpty()) {
			return "";
		}
		String wrong = this.tokens.add(call.text(9)) ? "" : "token " + call.text(9) + " was given before\n";
		if (lost) {
			this.tokens.remove(call.text(9)); // nobody knows it; the same call may come
												// again
		}
		String limit = this.queue.limit.isEmpty() ? call.text(12) : this.queue.limit;
		return (found.working() > Integer.parseInt(limit)) ? wrong + found.working() + " leases, limit " + limit + "\n"
				: wrong;
	}

	/**
	 * Lets time pass; lanes that were not used for long expire.
	 */
	void pass(long millis) {
		this.now += millis;
		List<String> forgotten = this.model.forgetLanes(this.now);
		if (!forgotten.isEmpty()) {
			String tag = text(this.keys.get(0));
			String lane = tag.substring(0, tag.length() - "config".length()) + "lane:";
			try (RedisConnection connection = this.delegate.getConnection()) {
				connection.keyCommands()
					.del(forgotten.stream().map((name) -> latin(lane + name)).toArray(byte[][]::new));
			}
		}
	}

	/**
	 * Sends one of the last calls again, if it is not forgotten.
	 */
	void sendAgain(int which) {
		List<Sent> known = this.sent.stream()
			.filter((each) -> this.model.isRemembered(each.call(this.now)) || this.model.isLate(each.call(this.now)))
			.toList();
		if (!known.isEmpty()) {
			try (RedisConnection connection = this.ofClients.getConnection()) {
				run(connection, known.get(which % known.size()), false);
			}
		}
	}

	void failNext(Fault next) {
		this.fault = next;
	}

	/**
	 * Throws what was found wrong, wherever it went.
	 */
	void check() {
		if (this.failure != null) {
			throw this.failure;
		}
	}

	/**
	 * Throws what was found wrong, or that a call failed for another reason than this
	 * class gave: that Redis could not be reached, or that the client failed.
	 */
	void checkArranged(RuntimeException thrown) {
		check();
		for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
			if (cause instanceof ArrangedException) {
				return;
			}
		}
		throw new AssertionError("A call failed", thrown);
	}

	long now() {
		return this.now;
	}

	/**
	 * Returns the calls so far, and what Redis answered.
	 */
	List<Told> told() {
		return this.told;
	}

	QueueModel queue() {
		return this.queue;
	}

	private static byte[] latin(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.ISO_8859_1);
	}

	enum Fault {

		NONE, NOT_SENT, ANSWER_LOST

	}

	/** What clients get where they are to get no answer. */
	private static final class ArrangedException extends QueryTimeoutException {

		private static final long serialVersionUID = 1;

		ArrangedException(String message) {
			super(message);
		}

	}

	/**
	 * A call and its answer.
	 *
	 * @param script the script's name
	 * @param call the call
	 * @param answer the answer
	 */
	record Told(String script, ModelCall call, Object answer) {

		@Override
		public String toString() {
			List<String> arguments = new ArrayList<>(this.call.arguments());
			arguments.subList(1, 3).clear();
			return this.call.now() % 1_000_000_000 + " " + this.script + " " + this.call.lane() + "#"
					+ ModelDump.printable(arguments) + " -> " + ModelDump.printable(this.answer);
		}

	}

	private record Sent(String script, ReturnType type, int keys, byte[][] values) {

		private static final int LANE = 10;

		ModelCall call(long now) {
			String lane = text(this.values[LANE]);
			List<String> arguments = Stream.of(this.values).skip(this.keys).map(WatchedRedis::text).toList();
			return new ModelCall(lane.substring(lane.indexOf(":lane:") + 6), arguments, now);
		}

	}

}
