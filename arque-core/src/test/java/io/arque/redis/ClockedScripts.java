package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.script.DigestUtils;

/**
 * {@code ClockedScripts} runs the real scripts at a time that the caller chooses: a few
 * lines before them answer {@code TIME}, nothing else in them differs.
 */
final class ClockedScripts {

	private static final List<String> SCRIPTS = List.of("clear", "configure", "delete", "dequeue", "enqueue", "extend",
			"failed", "hand_back", "make_due", "partitions", "peek", "redrive", "reject", "release", "requeue", "stats",
			"sweep", "task");

	/** The time is the last argument, which the script does not see. */
	private static final String CLOCK = """
			local real, at = redis, tonumber(table.remove(ARGV))
			local redis = setmetatable({ call = function(command, ...)
			  if command == 'TIME' then
			    return { string.format('%.0f', math.floor(at / 1000)), string.format('%.0f', at % 1000 * 1000) }
			  end
			  return real.call(command, ...)
			end }, { __index = real })
			""";

	private final Map<String, String> names = new HashMap<>();

	private final Map<String, String> loaded = new HashMap<>();

	private final String dump;

	/**
	 * Loads the scripts.
	 * @param factory where Redis is
	 * @param mutation changes a script's text
	 */
	ClockedScripts(RedisConnectionFactory factory, UnaryOperator<String> mutation) {
		try (RedisConnection connection = factory.getConnection()) {
			for (String script : SCRIPTS) {
				String text = Scripts.text(script);
				this.names.put(DigestUtils.sha1DigestAsHex(text), script);
				this.loaded.put(script, load(connection, CLOCK + mutation.apply(text)));
			}
			this.dump = load(connection, ModelDump.SCRIPT);
		}
	}

	private static String load(RedisConnection connection, String text) {
		return connection.scriptingCommands().scriptLoad(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	/**
	 * Returns the name of the script of this digest.
	 */
	String name(String digest) {
		return this.names.get(digest);
	}

	Object run(RedisConnection connection, String script, ReturnType type, int keys, byte[][] values, long now) {
		byte[][] all = Arrays.copyOf(values, values.length + 1);
		all[values.length] = Long.toString(now).getBytes(StandardCharsets.ISO_8859_1);
		return connection.scriptingCommands().evalSha(this.loaded.get(script), type, keys, all);
	}

	ModelDump dump(RedisConnection connection, List<byte[]> keys) {
		Object answer = connection.scriptingCommands()
			.evalSha(this.dump, ReturnType.MULTI, keys.size(), keys.toArray(byte[][]::new));
		return ModelDump.of((List<?>) ModelDump.readable(answer));
	}

}
