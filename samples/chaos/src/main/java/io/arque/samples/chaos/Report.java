package io.arque.samples.chaos;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import io.arque.ArqueOperations;
import io.arque.samples.chaos.fault.FaultKind;
import io.lettuce.core.LettuceVersion;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringBootVersion;

/**
 * {@code Report} is what came of a run.
 *
 * @param options what was asked for
 * @param faults what was to be broken
 * @param redis which servers
 * @param took how long it took
 * @param directory where the records are
 * @param results the figures by name
 */
record Report(Options options, Set<FaultKind> faults, String redis, Duration took, Path directory,
		Map<String, Long> results) {

	/** Every run has these. */
	private static final List<String> ZERO = List.of("unexpected", "processed-though-refused", "duplicated-unexplained",
			"stale-releases-accepted", "throttle-violations", "left-in-redis", "keys-left-in-redis",
			"workers-died-by-themselves", "producers-died-by-themselves", "killed-since-they-did-not-stop");

	/** Those that are only there if they were asked for. */
	private static final List<String> ZERO_IF_THERE = List.of("load-unexpected", "grown-beyond-allowance",
			"not-measured-throughout");

	/** Without these nothing was looked at. */
	private static final List<String> POSITIVE = List.of("acknowledged", "processed", "released", "samples-of-working",
			"most-working");

	/**
	 * Whether all is as Arque promises, and all was broken that should be. What Redis
	 * itself may have forgotten, at a fail-over or a crash without
	 * {@code appendfsync always}, is told but is no failure.
	 */
	boolean isGood() {
		return wrong().isEmpty();
	}

	/**
	 * Returns the figures that should be others.
	 */
	List<String> wrong() {
		List<String> wrong = new ArrayList<>();
		ZERO.stream().filter((name) -> !this.results.containsKey(name) || result(name) != 0).forEach(wrong::add);
		ZERO_IF_THERE.stream().filter((name) -> result(name) != 0).forEach(wrong::add);
		POSITIVE.stream().filter((name) -> result(name) == 0).forEach(wrong::add);
		if (result("attempted") != this.options.load().tasks()) {
			wrong.add("attempted");
		}
		this.faults.stream().map((fault) -> "faults-" + fault).filter((name) -> result(name) == 0).forEach(wrong::add);
		if (this.faults.contains(FaultKind.CLOCK) && result("clocks-off") == 0) {
			wrong.add("clocks-off");
		}
		if (!this.results.containsKey("lost") || result("lost") != (mayForget() ? result("lost-at-failover") : 0)) {
			wrong.add("lost");
		}
		if (result("load-lost") != 0 && !mayForget()) {
			wrong.add("load-lost");
		}
		return wrong;
	}

	private boolean mayForget() {
		boolean failedOver = result("faults-failover") + result("faults-failover-missed") > 0;
		return failedOver && this.options.servers().minReplicas() == 0
				|| !this.options.servers().fsync().equals("always");
	}

	long result(String name) {
		return this.results.getOrDefault(name, 0L);
	}

	void print() {
		this.results.forEach((name, value) -> System.out.println("RESULT " + name + " " + value));
	}

	/**
	 * Writes it as JSON and as Markdown.
	 * @param command how the run was started
	 * @return the files' common path, without the ending
	 */
	Path write(String command) throws IOException {
		String name = this.options.servers().topology().toString().toLowerCase(Locale.ROOT) + "-"
				+ this.options.faults().seed();
		Path path = this.options.output().resolve(name);
		Map<String, Object> head = head(command);
		Map<String, Object> all = new LinkedHashMap<>(head);
		all.put("results", this.results);
		Files.writeString(Path.of(path + ".json"),
				JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValueAsString(all) + "\n");
		StringBuilder text = new StringBuilder("# " + name + "\n\n| | |\n|---|---|\n");
		head.forEach((key, value) -> text.append("| ").append(key).append(" | ").append(value).append(" |\n"));
		text.append("\n| result | |\n|---|---|\n");
		this.results.forEach((key, value) -> text.append("| ").append(key).append(" | ").append(value).append(" |\n"));
		Files.writeString(Path.of(path + ".md"), text);
		return path;
	}

	private static String checkedOut() {
		try {
			Process git = new ProcessBuilder("git", "describe", "--always", "--dirty").start();
			String commit = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			return commit.isEmpty() ? "of this directory" : commit;
		}
		catch (IOException ex) { // there is no git
			return "of this directory";
		}
	}

	private Map<String, Object> head(String command) {
		Map<String, Object> head = new LinkedHashMap<>();
		head.put("good", isGood());
		head.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
		head.put("seed", this.options.faults().seed());
		head.put("command", command);
		head.put("redis", this.redis);
		head.put("took", this.took.truncatedTo(ChronoUnit.SECONDS).toString());
		head.put("arque", Objects.requireNonNullElseGet(ArqueOperations.class.getPackage().getImplementationVersion(),
				Report::checkedOut));
		head.put("spring-boot", String.valueOf(SpringBootVersion.getVersion()));
		head.put("lettuce", LettuceVersion.getVersion());
		head.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
		head.put("machine", System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", "
				+ ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors() + " processors");
		return head;
	}

}
