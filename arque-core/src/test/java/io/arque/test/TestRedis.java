package io.arque.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.awaitility.Awaitility.await;

/**
 * A real Redis server of a test's own, on a free port of 127.0.0.1 and without
 * persistence: {@link #stop()} loses what it holds, {@link #start()} brings it back empty
 * on the same port.
 */
public final class TestRedis implements AutoCloseable {

	static final String HOST = "127.0.0.1";

	private static final Logger logger = LoggerFactory.getLogger(TestRedis.class);

	static final Duration PATIENCE = Duration.ofSeconds(60);

	private static final int PORTS_TO_TRY = 5;

	/** A Cluster's node listens on a second port, so much higher. */
	private static final int BUS_OFFSET = 10_000;

	private final int port;

	private final RedisServer server;

	private TestRedis(int port, String user, List<String> settings) throws IOException {
		this.port = port;
		RedisServerBuilder builder = RedisServer.newRedisServer()
			.bind(HOST)
			.port(port)
			.setting("save \"\"")
			.setting("appendonly no")
			.setting(user)
			.soutListener((line) -> logger.trace("{}: {}", port, line))
			.serrListener((line) -> logger.warn("{}: {}", port, line));
		settings.forEach(builder::setting);
		this.server = builder.build();
	}

	/**
	 * Starts a server; the JVM's exit stops it if nobody did.
	 * @param settings lines of its configuration
	 */
	static TestRedis startOnFreePort(String... settings) {
		return start(TestRedis::freePort, LeastPrivilege.setting(false), settings);
	}

	/**
	 * Starts a node of a Cluster, which needs a second free port.
	 * @param settings lines of its configuration
	 */
	static TestRedis startNode(String... settings) {
		return start(TestRedis::freePortOfNode, LeastPrivilege.setting(true), settings);
	}

	private static TestRedis start(PortSource ports, String user, String... settings) {
		if (System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows")) {
			throw new IllegalStateException("The embedded server for Windows is Redis 5, which is too old. "
					+ "Start a Redis 6.2 or newer and set -D" + Topology.URL_PROPERTY + "=redis://host:port");
		}
		for (int tries = 1;; tries++) {
			try {
				TestRedis redis = new TestRedis(ports.next(), user, List.of(settings));
				redis.server.start();
				return redis;
			}
			catch (IOException ex) {
				if (tries == PORTS_TO_TRY) {
					throw new UncheckedIOException("The embedded Redis does not start (on Linux it needs glibc and "
							+ "OpenSSL 3); -D" + Topology.URL_PROPERTY + "=redis://host:port takes another", ex);
				}
			}
		}
	}

	/**
	 * Below the ports that systems give out: a client's connection could take one of
	 * those while its server is stopped, and the server would not start again.
	 */
	static int freePort() throws IOException {
		for (int tries = 1;; tries++) {
			int port = ThreadLocalRandom.current().nextInt(22_000, 32_000);
			try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
				return socket.getLocalPort();
			}
			catch (BindException ex) {
				if (tries == PORTS_TO_TRY) {
					throw ex;
				}
			}
		}
	}

	/** Below the ports that systems give out, where the second one could be too high. */
	private static int freePortOfNode() throws IOException {
		int port = ThreadLocalRandom.current().nextInt(11_000, 22_000);
		try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
				ServerSocket bus = new ServerSocket(port + BUS_OFFSET, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	public String host() {
		return HOST;
	}

	public int port() {
		return this.port;
	}

	String url() {
		return "redis://" + HOST + ":" + this.port;
	}

	/**
	 * Returns a started connection factory of the caller's own; the caller destroys it.
	 */
	public LettuceConnectionFactory newConnectionFactory() {
		return RedisServers.newConnectionFactory(url());
	}

	/**
	 * Returns the address for an application, as {@code spring.data.redis.url} takes it.
	 */
	public String urlOfApplications() {
		return LeastPrivilege.restrict(url());
	}

	/**
	 * Sends commands to this very server, whatever it is part of.
	 */
	public <T> T ask(Function<RedisCommands<String, String>, T> question) {
		try (StatefulRedisConnection<String, String> connection = RedisServers.client()
			.connect(RedisURI.create(url()))) {
			return question.apply(connection.sync());
		}
	}

	/**
	 * Returns how often this server has refused something, since it was started.
	 * @param code the first word of the error
	 */
	public long refusals(String code) {
		return number("errorstats", "errorstat_" + code + ":count=").orElse(0);
	}

	/**
	 * Whether this server is a replica that hears from its master.
	 */
	public boolean isReplicaInStep() {
		String replication = ask((commands) -> commands.info("replication"));
		return replication.contains("role:slave") && replication.contains("master_link_status:up");
	}

	/**
	 * Returns when this replica has all that was written before this call.
	 */
	void awaitReplicationOf(TestRedis master) {
		long offset = master.offset("master_repl_offset:");
		await().atMost(PATIENCE).until(() -> offset("slave_repl_offset:") >= offset);
	}

	private long offset(String field) {
		return number("replication", field).orElseThrow();
	}

	private OptionalLong number(String section, String beginning) {
		return ask((commands) -> commands.info(section)).lines()
			.filter((line) -> line.startsWith(beginning))
			.mapToLong((line) -> Long.parseLong(line.substring(beginning.length()).strip()))
			.findFirst();
	}

	/**
	 * Makes the server load its data again and returns when it has begun: until it has
	 * ended the server answers {@code LOADING}, to what it hears.
	 * @param folder where it saves its data first
	 * @param duration how long it takes, about
	 */
	public void load(Path folder, Duration duration) {
		int keys = 200; // of 100 kB; it hears something every 2 MB
		ask((commands) -> {
			commands.configSet("dir", folder.toString());
			commands.configSet("rdbcompression", "no");
			commands.configSet("key-load-delay", Long.toString(duration.toNanos() / 1000 / keys));
			return commands.eval(
					"for i = 1, " + keys
							+ " do redis.call('SET', 'loaded-' .. i, string.rep('x', 100000)) end return 'OK'",
					ScriptOutputType.STATUS);
		});
		new Thread(() -> ask(RedisCommands::debugReload), "reload").start();
		await().atMost(PATIENCE)
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(1))
			.until(() -> ask((commands) -> commands.info("persistence")).contains("loading:1"));
	}

	public boolean isRunning() {
		return this.server.isActive();
	}

	/**
	 * Starts the server again, empty, on the same port; does nothing while it runs.
	 */
	public void start() {
		try {
			this.server.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Stops the server and returns when its process has ended: its connections break, new
	 * ones are refused.
	 */
	public void stop() {
		try {
			this.server.stop();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public String toString() {
		return HOST + ":" + this.port;
	}

	@Override
	public void close() {
		stop();
	}

	@FunctionalInterface
	private interface PortSource {

		int next() throws IOException;

	}

}
