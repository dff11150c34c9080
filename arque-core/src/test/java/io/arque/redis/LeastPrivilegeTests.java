package io.arque.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.DuplicateTaskException;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.TaskState;
import io.arque.test.LeastPrivilege;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The user that {@code docs/security.md} spells out may do all that Arque needs, and
 * nothing else. The test looks at Redis as an administrator.
 */
@OwnServer
class LeastPrivilegeTests {

	private static final Pattern COMMAND = Pattern.compile("redis\\.p?call\\('([A-Z]+)'");

	private static TestRedis redis;

	private static LettuceConnectionFactory administrator;

	private static RedisConnectionFactory connections;

	private final QueueFixture fixture = new QueueFixture(administrator);

	@BeforeAll
	static void start() {
		redis = RedisServers.startPrivate();
		administrator = redis.newConnectionFactory();
		connections = RedisServers.ofApplications(administrator);
	}

	@AfterAll
	static void stop() {
		administrator.destroy();
		redis.close();
	}

	@AfterEach
	void clean() {
		this.fixture.afterEach(null);
	}

	static List<ReplayScenario> scenarios() {
		return ReplayScenario.all();
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void everyScriptRunsUnderTheUser(ReplayScenario scenario) {
		Runnable action = scenario.prepare().apply(new ReplayStage(this.fixture, connections));
		try {
			action.run();
		}
		catch (LeaseLostException | DuplicateTaskException ex) {
			// an answer like others
		}
	}

	@Test
	void whatOnlyReadsRunsUnderTheUser() {
		RedisQueue queue = client().queue(this.fixture.name());
		this.fixture.template().enqueue(this.fixture.name(), "x");
		assertThat(queue.stats().pending()).isOne();
		assertThat(queue.probe().peek(TaskState.PENDING, 1)).hasSize(1);
		assertThat(queue.failed().list(0, 1)).isEmpty();
		assertThat(queue.task("unknown")).isEmpty();
	}

	/** In the first round it may be the subscription that wakes, which begins then. */
	@Test
	void whoWaitsIsWokenUnderTheUser() {
		ArqueClient waiting = client();
		waiting.slowLook(Duration.ofHours(1)); // what is found was told by a message
		RedisQueue queue = waiting.queue(this.fixture.name());
		for (int round = 0; round < 3; round++) {
			List<LeasedTask> taken = new ArrayList<>();
			Thread worker = new Thread(() -> taken.addAll(queue.dequeue(1, Duration.ofSeconds(30)).tasks()));
			worker.start();
			this.fixture.awaitWaiter(waiting);
			new ArqueTemplate(client()).enqueue(this.fixture.name(), "x");
			await().atMost(Duration.ofSeconds(20)).until(() -> !worker.isAlive());
			assertThat(taken).as("what came in round %d", round).hasSize(1).allSatisfy(queue::release);
		}
	}

	@Test
	void nothingElseIsAllowedToTheUser() {
		for (String[] command : List.of(new String[] { "GET", "other" }, new String[] { "KEYS", "*" },
				new String[] { "FLUSHALL" }, new String[] { "CONFIG", "GET", "*" },
				new String[] { "PUBLISH", "other", "x" }, new String[] { "DEL", this.fixture.key("tasks") })) {
			try (RedisConnection connection = connections.getConnection()) {
				assertThatExceptionOfType(DataAccessException.class)
					.isThrownBy(() -> connection.execute(command[0],
							Stream.of(command).skip(1).map(LeastPrivilegeTests::bytes).toArray(byte[][]::new)))
					.withStackTraceContaining("NOPERM");
			}
		}
	}

	@Test
	void userMayDoWhatTheScriptsDoAndNoMore() throws IOException {
		Set<String> used = new TreeSet<>(
				List.of("evalsha", "eval", "subscribe", "unsubscribe", "publish", "ping", "info"));
		try (Stream<Path> scripts = Files.walk(Path.of("src/main/resources/io/arque/redis"))) {
			for (Path script : scripts.filter((file) -> file.toString().endsWith(".lua")).toList()) {
				Matcher command = COMMAND.matcher(Files.readString(script));
				while (command.find()) {
					used.add(command.group(1).toLowerCase(Locale.ROOT));
				}
			}
		}
		assertThat(
				LeastPrivilege.rules().stream().filter((rule) -> rule.startsWith("+")).map((rule) -> rule.substring(1)))
			.containsExactlyInAnyOrderElementsOf(used);
	}

	private ArqueClient client() {
		return this.fixture.newClient(TestSettings.settings(), connections, ArqueMetrics.NONE);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
