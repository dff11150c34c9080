package io.arque.samples.chaos.redis;

import java.util.List;
import java.util.Map;
import java.util.Set;

import io.arque.samples.chaos.fault.FaultKind;
import io.lettuce.core.KillArgs;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;

/**
 * {@code CommonFaults} are those that every Redis server suffers by a command.
 */
final class CommonFaults {

	static final Set<FaultKind> KINDS = Set.of(FaultKind.CLIENT_KILL, FaultKind.SCRIPT_FLUSH, FaultKind.SLEEP,
			FaultKind.FULL);

	private static final String MAX_MEMORY = "maxmemory";

	private static final String POLICY = "maxmemory-policy";

	private CommonFaults() {
	}

	static void strike(FaultKind fault, List<Node> servers, int number) throws InterruptedException {
		Node server = servers.get(number % servers.size());
		switch (fault) {
			case CLIENT_KILL -> server.ask((commands) -> {
				commands.clientKill(KillArgs.Builder.typePubsub());
				return commands.clientKill(KillArgs.Builder.typeNormal().skipme());
			});
			case SCRIPT_FLUSH -> servers.forEach((each) -> each.ask((commands) -> commands.scriptFlush()));
			case SLEEP ->
				server.ask((commands) -> commands.dispatch(CommandType.DEBUG, new StatusOutput<>(StringCodec.UTF8),
						new CommandArgs<>(StringCodec.UTF8).add("SLEEP").add((200 + number % 1800) / 1e3)));
			case FULL -> fill(server, 1000 + number % 4000);
			default -> throw new IllegalArgumentException(fault + " is not possible here");
		}
	}

	/** So far below what is used that workers do not soon make room again. */
	private static void fill(Node server, long millis) throws InterruptedException {
		Map<String, String> before = server.ask((commands) -> commands.configGet(MAX_MEMORY + '*'));
		long bytes = server.number("memory", "used_memory") / 2;
		try {
			set(server, POLICY, "noeviction");
			set(server, MAX_MEMORY, "" + bytes);
			Thread.sleep(millis);
		}
		finally {
			set(server, MAX_MEMORY, before.getOrDefault(MAX_MEMORY, "0"));
			set(server, POLICY, before.getOrDefault(POLICY, "noeviction"));
		}
	}

	private static void set(Node server, String name, String value) {
		server.ask((commands) -> commands.configSet(name, value));
	}

	static String version(Node server) {
		return server.ask((commands) -> commands.info("server"))
			.lines()
			.filter((line) -> line.startsWith("redis_version:") || line.startsWith("valkey_version:"))
			.reduce((first, second) -> second)
			.map((line) -> (line.startsWith("valkey") ? "Valkey " : "Redis ") + line.substring(line.indexOf(':') + 1))
			.map(String::strip)
			.orElse("Redis of an unknown version");
	}

}
