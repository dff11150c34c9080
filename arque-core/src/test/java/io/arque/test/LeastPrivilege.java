package io.arque.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * The user of Redis that {@code docs/security.md} spells out.
 */
public final class LeastPrivilege {

	public static final String USER = "arque";

	public static final String PASSWORD = "secret";

	private static final Pattern RULES = Pattern.compile("^ACL SETUSER arque (.*)$", Pattern.MULTILINE);

	private LeastPrivilege() {
	}

	/**
	 * Returns the rules of the page, as they stand there.
	 */
	public static List<String> rules() {
		try {
			Matcher rules = RULES.matcher(Files.readString(Path.of("../docs/security.md")));
			if (!rules.find()) {
				throw new IllegalStateException("docs/security.md spells out no user");
			}
			return List.of(rules.group(1).split(" ", -1));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Lets the user of a server do more.
	 */
	public static void allow(RedisConnectionFactory administrator, String... rules) {
		setUser(administrator, Stream.of(rules));
	}

	/**
	 * Makes the user on a server, with what an application of each of these key prefixes
	 * needs.
	 */
	public static void grant(RedisConnectionFactory administrator, String... keyPrefixes) {
		Stream<String> rules = rules().stream()
			.flatMap((rule) -> rule.endsWith("arque:*")
					? Stream.of(keyPrefixes).map((prefix) -> rule.replace("arque:", prefix + ":")) : Stream.of(rule));
		setUser(administrator, rules);
	}

	private static void setUser(RedisConnectionFactory administrator, Stream<String> rules) {
		try (RedisConnection connection = administrator.getConnection()) {
			connection.execute("ACL",
					Stream.concat(Stream.of("SETUSER", USER), rules)
						.map((each) -> each.getBytes(StandardCharsets.UTF_8))
						.toArray(byte[][]::new));
		}
	}

}
