package io.arque.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.springframework.data.redis.core.script.RedisScript;

/**
 * {@code Scripts} holds the Lua scripts, each read once from the file of its name. A line
 * {@code -- @include name} stands for the text of {@code include/name.lua}. What a script
 * does, takes and returns is told in its header; the shape of a list that it returns is
 * repeated here, in the letters of {@link ListScript}.
 */
final class Scripts {

	private static final Pattern INCLUDE = Pattern.compile("^-- @include (\\w+)$", Pattern.MULTILINE);

	static final RedisScript<byte[]> ENQUEUE = load("enqueue", byte[].class);

	static final RedisScript<List<Object>> DEQUEUE = load("dequeue", "n{10}b(-|\\(n{12}\\))\\((bbb)*\\)n");

	static final RedisScript<byte[]> RELEASE = load("release", byte[].class);

	static final RedisScript<List<Object>> REQUEUE = load("requeue", "bn");

	static final RedisScript<byte[]> HAND_BACK = load("hand_back", byte[].class);

	static final RedisScript<List<Object>> REJECT = load("reject", "bn");

	static final RedisScript<List<Object>> EXTEND = load("extend", "bn");

	static final RedisScript<List<Object>> SWEEP = load("sweep", "n{16}");

	static final RedisScript<List<Object>> STATS = load("stats", "n{12}");

	static final RedisScript<List<Object>> TASK = load("task", "-?|bbnbb");

	static final RedisScript<byte[]> CONFIGURE = load("configure", byte[].class);

	static final RedisScript<List<Object>> FAILED = load("failed", "(bnbbb)*");

	static final RedisScript<List<Object>> REDRIVE = load("redrive", "n{5}");

	static final RedisScript<List<Object>> DELETE = load("delete", "nn");

	static final RedisScript<List<Object>> PEEK = load("peek", "n\\((bnbb)*\\)");

	static final RedisScript<Long> MAKE_DUE = load("make_due", Long.class);

	static final RedisScript<byte[]> CLEAR = load("clear", byte[].class);

	static final RedisScript<List<Object>> PARTITIONS = load("partitions", "b*");

	static final RedisScript<List<Object>> SHARE_OUT = load("share_out", "n\\((bn{4})*\\)");

	static final RedisScript<List<Object>> TAKE_SHARE = load("take_share", "nnn");

	private Scripts() {
	}

	static String text(String name) {
		return INCLUDE.matcher(read(name + ".lua"))
			.replaceAll((include) -> Matcher.quoteReplacement(read("include/" + include.group(1) + ".lua")));
	}

	private static RedisScript<List<Object>> load(String name, String shape) {
		return new ListScript(RedisScript.of(text(name), List.class), Pattern.compile(shape));
	}

	private static <T> RedisScript<T> load(String name, Class<T> resultType) {
		return RedisScript.of(text(name), resultType);
	}

	private static String read(String file) {
		try (InputStream in = Scripts.class.getResourceAsStream(file)) {
			if (in == null) {
				throw new IllegalStateException("Script " + file + " is missing from the class path");
			}
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Script " + file + " cannot be read", ex);
		}
	}

}
