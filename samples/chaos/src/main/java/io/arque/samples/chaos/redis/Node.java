package io.arque.samples.chaos.redis;

import java.time.Duration;
import java.util.function.Function;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;

/**
 * {@code Node} is one Redis server, wherever it comes from, that can be asked things.
 */
public class Node {

	static final String HOST = "127.0.0.1";

	private static final RedisClient CLIENT = client();

	private final RedisURI uri;

	Node(String host, int port) {
		this(RedisURI.create(host, port));
	}

	Node(RedisURI uri) {
		this.uri = uri;
		this.uri.setTimeout(Duration.ofSeconds(10));
	}

	private static RedisClient client() {
		RedisClient client = RedisClient.create();
		client.setOptions(ClientOptions.builder().autoReconnect(false).protocolVersion(ProtocolVersion.RESP2).build());
		return client;
	}

	public String host() {
		return this.uri.getHost();
	}

	public int port() {
		return this.uri.getPort();
	}

	RedisURI uri() {
		return this.uri;
	}

	/**
	 * Sends commands to this very server, on a connection of their own.
	 * @param <T> what they answer
	 * @param question the commands
	 * @return the answer
	 */
	public <T> T ask(Function<RedisCommands<String, String>, T> question) {
		try (StatefulRedisConnection<String, String> connection = CLIENT.connect(this.uri)) {
			return question.apply(connection.sync());
		}
	}

	/**
	 * Asks for a number of {@code INFO}.
	 * @param section where it stands
	 * @param name its name
	 * @return the number
	 */
	public long number(String section, String name) {
		return ask((commands) -> commands.info(section)).lines()
			.filter((line) -> line.startsWith(name + ':'))
			.mapToLong((line) -> Long.parseLong(line.substring(name.length() + 1).strip()))
			.findFirst()
			.orElseThrow();
	}

	/** Whether it is a replica that hears from its master. */
	boolean isReplicaInStep() {
		String replication = ask((commands) -> commands.info("replication"));
		return replication.contains("role:slave") && replication.contains("master_link_status:up");
	}

	@Override
	public String toString() {
		return host() + ":" + port();
	}

}
