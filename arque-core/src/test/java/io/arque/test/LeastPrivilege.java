package io.arque.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The user of Redis that {@code docs/security.md} spells out. Every server that tests
 * start knows it, and applications in tests connect as this user; the tests themselves
 * are administrators.
 */
public final class LeastPrivilege {

	static final String USER = "arque";

	static final String PASSWORD = "secret";

	/** What the page asks for beside, on a Cluster. */
	private static final List<String> ON_CLUSTER = List.of("+cluster", "+asking");

	/** Those of the applications in the tests of all modules. */
	private static final List<String> KEY_PREFIXES = List.of("test.arque", "arque-test", "arque-boot-test");

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
	 * Lets the user of a server do more, or less.
	 */
	public static void change(TestRedis server, String... rules) {
		LettuceConnectionFactory administrator = server.newConnectionFactory();
		try {
			setUser(administrator, Stream.of(rules));
		}
		finally {
			administrator.destroy();
		}
	}

	/**
	 * Returns Spring Boot's properties for the user.
	 */
	public static String[] properties() {
		return new String[] { "spring.data.redis.username=" + USER, "spring.data.redis.password=" + PASSWORD };
	}

	/**
	 * Makes the user on a server that is there.
	 */
	static void grant(LettuceConnectionFactory administrator) {
		setUser(administrator, rulesOfTests());
	}

	/**
	 * Returns the line of a server's configuration that makes the user.
	 */
	static String setting(boolean clusterNode) {
		Stream<String> beside = clusterNode ? ON_CLUSTER.stream() : Stream.empty();
		return Stream.of(Stream.of("user", USER), rulesOfTests(), beside)
			.flatMap((words) -> words)
			.collect(Collectors.joining(" "));
	}

	/**
	 * Makes a configuration that of the user.
	 */
	static void restrict(RedisConfiguration configuration) {
		RedisConfiguration.WithAuthentication authentication = (RedisConfiguration.WithAuthentication) configuration;
		authentication.setUsername(USER);
		authentication.setPassword(PASSWORD);
	}

	/**
	 * Returns the address of a single server for the user.
	 */
	static String restrict(String url) {
		return url.replace("://", "://" + USER + ":" + PASSWORD + "@");
	}

	private static Stream<String> rulesOfTests() {
		return rules().stream()
			.flatMap((rule) -> rule.endsWith("arque:*")
					? KEY_PREFIXES.stream().map((prefix) -> rule.replace("arque:", prefix + ":")) : Stream.of(rule));
	}

	private static void setUser(LettuceConnectionFactory administrator, Stream<String> rules) {
		try (RedisConnection connection = administrator.getConnection()) {
			connection.execute("ACL",
					Stream.concat(Stream.of("SETUSER", USER), rules)
						.map((each) -> each.getBytes(StandardCharsets.UTF_8))
						.toArray(byte[][]::new));
		}
	}

}
