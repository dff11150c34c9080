package io.arque.samples.benchmark.server;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import org.jspecify.annotations.Nullable;

/**
 * {@code RedisServer} is the server that everything is measured on: one that was given,
 * or an embedded one that ends with the benchmark. It also is the benchmark's own
 * connection, which asks the server what it holds and has done.
 */
public final class RedisServer implements Servers {

	private static final Pattern ADDRESS = Pattern.compile(" addr=(\\S+)");

	private final @Nullable EmbeddedServer embedded;

	private final String url;

	private final RedisClient client;

	private final StatefulRedisConnection<String, String> connection;

	private RedisServer(@Nullable EmbeddedServer embedded, String url) {
		this.embedded = embedded;
		this.url = url;
		this.client = RedisClient.create(url);
		this.client.setOptions(ClientOptions.builder().autoReconnect(false).build());
		this.connection = this.client.connect();
	}

	/**
	 * Starts a server, or connects to one.
	 * @param url where one is, or nothing
	 * @return the server
	 * @throws IOException if none can be started
	 * @throws InterruptedException if interrupted
	 */
	public static RedisServer open(@Nullable String url) throws IOException, InterruptedException {
		if (url != null) {
			return new RedisServer(null, url);
		}
		try {
			return embedded();
		}
		catch (IOException ex) {
			throw new IOException(
					ex.getMessage() + ". Give another, of version 6.2 or newer: --redis=redis://localhost:6379", ex);
		}
	}

	/**
	 * Starts a server.
	 * @param settings its settings beside the usual ones, each as name and value
	 */
	static RedisServer embedded(String... settings) throws IOException, InterruptedException {
		EmbeddedServer embedded = new EmbeddedServer(settings);
		return new RedisServer(embedded, embedded.url());
	}

	@Override
	public Map<String, Object> properties() {
		return Map.of("spring.data.redis.url", this.url);
	}

	boolean isEmbedded() {
		return this.embedded != null;
	}

	/**
	 * Returns where the server is.
	 * @return the URL, with a password if there is one
	 */
	public String url() {
		return this.url;
	}

	/**
	 * Returns the host's name or address.
	 * @return the host
	 */
	public String host() {
		return RedisURI.create(this.url).getHost();
	}

	/**
	 * Returns the port.
	 * @return the port
	 */
	public int port() {
		return RedisURI.create(this.url).getPort();
	}

	/**
	 * Returns what connects to the server, for connections beside the benchmark's own.
	 * @return the client
	 */
	public RedisClient client() {
		return this.client;
	}

	/**
	 * Returns the benchmark's own connection.
	 * @return the commands
	 */
	public RedisCommands<String, String> commands() {
		return this.connection.sync();
	}

	/**
	 * Returns a section of what the server tells about itself.
	 * @param section the section
	 * @return the section
	 */
	public ServerInfo info(String section) {
		return ServerInfo.of(commands().info(section));
	}

	/**
	 * Returns who is connected.
	 * @return the clients' addresses
	 */
	public Set<String> clients() {
		return ADDRESS.matcher(commands().clientList())
			.results()
			.map((address) -> address.group(1))
			.collect(Collectors.toSet());
	}

	/**
	 * Tells which server it is.
	 * @return name, version, and how it was found
	 */
	public String description() {
		ServerInfo info = info("server");
		String valkey = info.text("valkey_version");
		String name = (valkey != null) ? "Valkey " + valkey : "Redis " + info.text("redis_version");
		return name + ((this.embedded != null) ? ", embedded" : ", given");
	}

	/**
	 * Tells what the server writes to disk.
	 * @return the configuration, as far as the server tells
	 */
	public String persistence() {
		try {
			String save = config("save");
			String snapshots = save.isEmpty() ? "no snapshots" : "snapshots " + save;
			boolean appends = "yes".equals(config("appendonly"));
			return snapshots
					+ (appends ? ", append-only file, fsync " + config("appendfsync") : ", no append-only file");
		}
		catch (RedisCommandExecutionException ex) { // managed servers refuse CONFIG
			boolean appends = "1".equals(info("persistence").text("aof_enabled"));
			return (appends ? "append-only file" : "no append-only file") + ", the rest is not told";
		}
	}

	/** Before Redis 7, only one at a time can be asked for. */
	private String config(String name) {
		return commands().configGet(name).getOrDefault(name, "");
	}

	@Override
	public void deleteQueue(String prefix, String queue) {
		deleteAll(prefix + ":{" + queue + "}:*");
	}

	/**
	 * Counts keys.
	 * @param pattern matches the keys
	 * @return how many there are
	 */
	public int count(String pattern) {
		return scan(pattern).size();
	}

	List<String> scan(String pattern) {
		return ScanIterator.scan(commands(), ScanArgs.Builder.matches(pattern).limit(1000)).stream().toList();
	}

	/**
	 * Deletes keys, and returns when their memory is free again.
	 * @param pattern matches the keys
	 */
	public void deleteAll(String pattern) {
		List<String> keys = scan(pattern);
		if (!keys.isEmpty()) {
			commands().del(keys.toArray(String[]::new));
		}
	}

	@Override
	public void close() throws IOException, InterruptedException {
		this.connection.close();
		this.client.shutdown();
		if (this.embedded != null) {
			this.embedded.close();
		}
	}

}
