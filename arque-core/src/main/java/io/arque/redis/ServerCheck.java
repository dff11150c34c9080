package io.arque.redis;

import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.arque.UnsupportedRedisVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code ServerCheck} refuses a Redis that is too old, before the first call of a client
 * and again before each further one until it is passed. It asks by {@code INFO}, never by
 * {@code CONFIG}, which managed services block. Safe for use by many threads.
 */
final class ServerCheck {

	private static final Logger logger = LoggerFactory.getLogger(ServerCheck.class);

	private static final String REQUIRED = "6.2";

	private static final Pattern VERSION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})(\\..*)?");

	/** On a Cluster each node answers, its keys begin with its address and a point. */
	private static final Pattern KEY = Pattern.compile("(.*\\.)?([a-z_]+)");

	/** A server that cannot be asked is used, and asked again after this. */
	private static final long ASK_AGAIN_NANOS = Duration.ofMinutes(1).toNanos();

	private final RedisConnectionFactory connectionFactory;

	private volatile boolean passed;

	private volatile @Nullable Long unansweredNanos;

	private boolean tooOldTold;

	private boolean unknownTold;

	private boolean evictionTold;

	ServerCheck(RedisConnectionFactory connectionFactory) {
		this.connectionFactory = connectionFactory;
	}

	/**
	 * Returns at once when the server is known to do.
	 * @throws UnsupportedRedisVersionException if it is too old
	 * @throws DataAccessException if it cannot be reached
	 */
	void check() {
		Long unanswered = this.unansweredNanos;
		if (this.passed || (unanswered != null && System.nanoTime() - unanswered < ASK_AGAIN_NANOS)) {
			return;
		}
		Properties info = info();
		if (info == null) {
			this.unansweredNanos = System.nanoTime();
			return;
		}
		judge(info);
		this.passed = true;
	}

	private @Nullable Properties info() {
		try (RedisConnection connection = this.connectionFactory.getConnection()) {
			return connection.serverCommands().info();
		}
		catch (RedisConnectionFailureException | QueryTimeoutException ex) {
			throw ex; // the call would fail too
		}
		catch (DataAccessException ex) { // no permission, or a node of a Cluster is away
			logger.debug("Redis does not tell its version, it is taken as new enough", ex);
			return null;
		}
	}

	private synchronized void judge(Properties info) {
		Map<String, Node> nodes = new TreeMap<>();
		info.stringPropertyNames().forEach((property) -> {
			Matcher key = KEY.matcher(property);
			if (key.matches()) {
				nodes.computeIfAbsent((key.group(1) != null) ? key.group(1) : "", (address) -> new Node())
					.add(key.group(2), info.getProperty(property));
			}
		});
		if (nodes.isEmpty()) {
			nodes.put("", new Node());
		}
		nodes.values().forEach(this::judgeVersion);
		nodes.values().forEach(this::judgeEviction);
		this.tooOldTold = false;
	}

	private void judgeVersion(Node node) {
		if (node.valkey) {
			return;
		}
		Matcher version = VERSION.matcher((node.version != null) ? node.version : "");
		if (!version.matches()) {
			if (!this.unknownTold) {
				logger.warn("The server's INFO has no redis_version that is known ({}); it is used as if it were Redis"
						+ " {} or newer", node.version, REQUIRED);
			}
			this.unknownTold = true;
			return;
		}
		int major = Integer.parseInt(version.group(1));
		if (major < 6 || (major == 6 && Integer.parseInt(version.group(2)) < 2)) {
			UnsupportedRedisVersionException tooOld = new UnsupportedRedisVersionException(version.group(), REQUIRED);
			if (!this.tooOldTold) {
				logger.error("{}. Until then nothing is enqueued and nothing is fetched", tooOld.getMessage());
			}
			this.tooOldTold = true;
			throw tooOld;
		}
	}

	private void judgeEviction(Node node) {
		String policy = node.evictionPolicy;
		if (policy != null && policy.startsWith("allkeys-") && !this.evictionTold) {
			logger.warn("Redis has maxmemory-policy {}: when it is full it throws tasks away. Set it to noeviction",
					policy);
			this.evictionTold = true;
		}
	}

	/**
	 * What one server tells of itself.
	 */
	private static final class Node {

		private @Nullable String version;

		private boolean valkey;

		private @Nullable String evictionPolicy;

		void add(String key, String value) {
			switch (key) {
				case "redis_version" -> this.version = value;
				case "valkey_version" -> this.valkey = true;
				case "server_name" -> this.valkey |= value.equals("valkey");
				case "maxmemory_policy" -> this.evictionPolicy = value;
				default -> {
				}
			}
		}

	}

}
