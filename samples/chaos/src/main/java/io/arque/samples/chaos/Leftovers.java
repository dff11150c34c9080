package io.arque.samples.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.arque.samples.chaos.redis.Node;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanIterator;
import io.lettuce.core.api.sync.RedisCommands;

/**
 * {@code Leftovers} are keys that are still in Redis when no task is. A queue keeps its
 * configuration, the ledger of its working limit and the list of who waits; the memory of
 * a lane stays until it expires. All other keys should have gone with the tasks.
 */
final class Leftovers {

	private static final Set<String> KEPT = Set.of("config", "ledger", "waiters");

	private Leftovers() {
	}

	/**
	 * Looks through all keys of a server.
	 * @param server the server
	 * @param prefix what Arque's keys begin with
	 * @return the keys that should not be there
	 */
	static List<String> of(Node server, String prefix) {
		return server.ask((commands) -> {
			List<String> left = new ArrayList<>();
			ScanIterator.scan(commands, ScanArgs.Builder.matches(prefix + ":*").limit(1000)).forEachRemaining((key) -> {
				if (!isKept(commands, key)) {
					left.add(key);
				}
			});
			return left;
		});
	}

	private static boolean isKept(RedisCommands<String, String> commands, String key) {
		String kind = key.substring(key.indexOf("}:") + 2);
		return KEPT.contains(kind) || kind.startsWith("lane:") && commands.pttl(key) != -1;
	}

}
