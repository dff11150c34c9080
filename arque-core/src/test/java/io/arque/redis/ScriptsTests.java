package io.arque.redis;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import io.arque.TaskError;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;
import io.arque.redis.TappedConnectionFactory.ScriptCall;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.data.redis.core.script.RedisScript;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The scripts' headers say what the scripts take: what Java sends is held against them.
 */
@OnePartition("Counts calls and arguments of one queue")
class ScriptsTests {

	private static final Pattern INCLUDE = Pattern.compile("(?m)^-- @include (\\w+)$");

	private static final Pattern REDIS_CALL = Pattern.compile("redis\\.p?call\\(\\s*'(\\w+)'(?:,\\s*([^,()]+))?");

	private static final Pattern LOOP = Pattern.compile("for \\w+, key in i?pairs\\(\\{([^}]*)\\}\\)");

	private static final Pattern FUNCTION = Pattern.compile("function (\\w+)\\(key\\b");

	private static final Set<String> WITHOUT_KEY = Set.of("TIME", "PUBLISH", "INFO");

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	static List<String> scripts() {
		return ScriptHeader.scripts();
	}

	static Stream<String> sources() throws IOException {
		try (Stream<Path> includes = Files.list(ScriptHeader.DIRECTORY.resolve("include"))) {
			List<String> names = includes.map((file) -> "include/" + file.getFileName().toString().replace(".lua", ""))
				.toList();
			return Stream.concat(names.stream(), scripts().stream());
		}
	}

	@Test
	void eachScriptIsLoadedOnceAndEachLoadedOneIsAFile() throws IllegalAccessException {
		assertThat(loaded().keySet()).containsExactlyElementsOf(scripts());
		assertThat(scripts()).hasSize(20);
	}

	@ParameterizedTest
	@MethodSource("scripts")
	void headerTellsWhatTheScriptDoesTakesAndReturns(String script) {
		ScriptHeader header = ScriptHeader.of(script);
		assertThat(header.parts()).containsOnlyKeys("", "KEYS", "ARGV", "Returns");
		assertThat(header.parts().get("")).contains(".");
		assertThat(header.parts().get("KEYS")).contains("include/call.lua").contains("writes ");
		assertThat(header.fixedArguments()).hasSizeGreaterThanOrEqualTo(3)
			.isEqualTo(IntStream.rangeClosed(1, header.fixedArguments().size()).boxed().toList());
		assertThat(header.parts().get("ARGV")).startsWith("1 call number in the lane");
	}

	@ParameterizedTest
	@MethodSource("scripts")
	void includesExistAreNamedOnceAndComeFirst(String script) {
		String source = ScriptHeader.source(script);
		List<String> includes = INCLUDE.matcher(source).results().map((found) -> found.group(1)).toList();
		assertThat(includes).startsWith("call").doesNotHaveDuplicates();
		assertThat(includes).allSatisfy(
				(name) -> assertThat(ScriptHeader.DIRECTORY.resolve("include/" + name + ".lua")).isRegularFile());
		assertThat(
				source.lines().dropWhile((line) -> line.startsWith("--")).anyMatch((line) -> line.contains("@include")))
			.isFalse();
		assertThat(Scripts.text(script)).doesNotContain("@include");
	}

	@ParameterizedTest
	@MethodSource("sources")
	void everyKeyIsOneOfKeys(String source) {
		String text = ScriptHeader.source(source);
		Set<String> named = Set.of("config", "pending", "delayed", "working", "tasks", "state", "ids", "failed",
				"errors", "waiters", "lane", "ledger", "before");
		for (MatchResult call : REDIS_CALL.matcher(text).results().toList()) {
			if (!WITHOUT_KEY.contains(call.group(1).toUpperCase(Locale.ROOT))) {
				assertThat(keys(call.group(2).strip(), text)).as(call.group()).isNotEmpty().isSubsetOf(named);
			}
		}
		assertThat(text).doesNotContainPattern("redis\\.p?call\\(\\s*[^'\\s]");
		if (Set.of("include/ledger", "include/after").contains(source)) {
			assertThat(text.split("KEYS\\[", -1)).hasSize(2);
		}
		else if (!source.equals("include/call")) {
			assertThat(text).doesNotContain("KEYS[");
		}
	}

	/**
	 * Returns what this argument of a call can be: itself, or what {@code key} stands for
	 * as variable of a loop or parameter of a function.
	 */
	private static Set<String> keys(String argument, String text) {
		if (!argument.equals("key")) {
			return Set.of(argument);
		}
		Set<String> keys = new HashSet<>();
		LOOP.matcher(text)
			.results()
			.flatMap((loop) -> Arrays.stream(loop.group(1).split(",", -1)))
			.forEach((element) -> keys.add(element.substring(element.indexOf('=') + 1).strip()));
		FUNCTION.matcher(text)
			.results()
			.flatMap((function) -> Pattern.compile("(?<!function )\\b" + function.group(1) + "\\((\\w+)")
				.matcher(text)
				.results())
			.forEach((call) -> keys.add(call.group(1)));
		return keys;
	}

	@Test
	void keysAreNamedInTheOrderInWhichJavaSendsThem() {
		String call = ScriptHeader.source("include/call");
		List<String> names = List.of(call.substring(call.indexOf("local config"), call.indexOf(" =\n"))
			.substring("local ".length())
			.split(", "));
		List<String> sent = new QueueKeys("prefix", "name").with("L").stream().map(QueueDump::printable).toList();
		assertThat(sent.subList(0, 10))
			.isEqualTo(names.subList(0, 10).stream().map((name) -> "prefix:{name}:" + name).toList());
		assertThat(names.get(10)).isEqualTo("lane");
		assertThat(sent.get(10)).isEqualTo("prefix:{name}:lane:L");
		assertThat(QueueKeys.withLedger("prefix", "name").with("L")).hasSize(12)
			.last()
			.isEqualTo("prefix:{name}:ledger".getBytes(StandardCharsets.UTF_8));
		assertThat(QueueFixture.kinds()).isEqualTo(names.subList(0, 10));
	}

	@Test
	void sendsAsManyArgumentsAsTheHeaderTells() throws IllegalAccessException {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		callEveryScript(tap);
		Map<String, RedisScript<?>> loaded = loaded();
		assertThat(loaded).allSatisfy((name, script) -> {
			List<ScriptCall> calls = tap.calls().stream().filter((call) -> call.isOf(script)).toList();
			ScriptHeader header = ScriptHeader.of(name);
			assertThat(calls).isNotEmpty();
			assertThat(calls).extracting(ScriptCall::keys)
				.containsOnly(header.parts().get("KEYS").contains("then its ledger") ? 12 : 11);
			assertThat(calls).extracting((call) -> call.argument(2).substring(0, this.fixture.name().length()))
				.containsOnly(this.fixture.name());
			if (!name.equals("dequeue")) {
				int expected = header.fixedArguments().size() + 2 * header.argumentsPerTask();
				assertThat(calls).extracting(ScriptCall::arguments).contains(expected);
			}
		});
	}

	@Test
	void sendsSettlementsToDequeueAsTheHeaderTells() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		RedisQueue queue = tapped(tap).queue(this.fixture.name());
		enqueue(4);
		List<LeasedTask> tasks = queue.dequeue(4, Duration.ZERO).tasks();
		TaskError error = new TaskError("type", "message", "trace");
		queue.consumer()
			.dequeue(new Fetch(1, Join.NEVER, false, true,
					List.of(Settlement.reject(tasks.get(0), error),
							Settlement.handBack(tasks.get(1), Duration.ofSeconds(1)),
							Settlement.requeue(tasks.get(2), Duration.ZERO, error), Settlement.release(tasks.get(3)))));
		ScriptHeader header = ScriptHeader.of("dequeue");
		assertThat(header.argumentsPerSection()).containsExactly(2, 4, 3, 3);
		int fixed = header.fixedArguments().size() + 3; // the first count has a number
		assertThat(tap.calls()).extracting(ScriptCall::arguments).containsExactly(fixed, fixed + 2 + 4 + 3 + 3);
	}

	/**
	 * Calls every script, those that take tasks with two of them.
	 */
	private void callEveryScript(TappedConnectionFactory tap) {
		ArqueClient client = tapped(tap);
		RedisQueue queue = client.queue(this.fixture.name());
		QueueAccess access = this.fixture.access(client);
		TaskError error = new TaskError("type", "message", "trace");
		ArqueClient spread = this.fixture.newClient(TestSettings.settings().partitions(2), tap.factory(),
				ArqueMetrics.NONE);
		new ArqueTemplate(client).enqueueAll(this.fixture.name(), List.of("a", "b"));
		enqueue(8);
		LeasedTask[] tasks = queue.dequeue(8, Duration.ZERO).tasks().toArray(LeasedTask[]::new);
		queue.extendAll(List.of(tasks[0], tasks[1]));
		queue.release(tasks[0], tasks[1]);
		queue.handBack(tasks[2], tasks[3]);
		new SettlementCall(access, List.of(Settlement.requeue(tasks[4], Duration.ZERO, error),
				Settlement.requeue(tasks[5], Duration.ZERO, error)))
			.execute();
		new SettlementCall(access, List.of(Settlement.reject(tasks[6], error), Settlement.reject(tasks[7], error)))
			.execute();
		queue.failed().list(0, 5);
		queue.failed().redrive(tasks[6].id());
		queue.failed().purge();
		queue.task(tasks[6].id());
		queue.sweep();
		queue.stats();
		queue.pause();
		queue.probe().peek(TaskState.PENDING, 5);
		queue.probe().makeDue();
		queue.probe().clear();
		spread.queue(this.fixture.name()).stats();
		spread.queue(this.fixture.name()).pause();
	}

	private ArqueClient tapped(TappedConnectionFactory tap) {
		return this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE);
	}

	private void enqueue(int tasks) {
		this.fixture.template().enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "payload"));
	}

	/**
	 * Returns the constants of {@link Scripts} by the names of their files.
	 */
	static Map<String, RedisScript<?>> loaded() throws IllegalAccessException {
		Map<String, RedisScript<?>> scripts = new TreeMap<>();
		List<Field> fields = Arrays.stream(Scripts.class.getDeclaredFields())
			.filter((field) -> RedisScript.class.isAssignableFrom(field.getType()))
			.collect(Collectors.toList());
		for (Field field : fields) {
			field.setAccessible(true);
			scripts.put(field.getName().toLowerCase(Locale.ROOT), (RedisScript<?>) field.get(null));
		}
		return scripts;
	}

}
