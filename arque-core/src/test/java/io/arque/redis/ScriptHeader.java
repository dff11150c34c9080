package io.arque.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the comment over a script promises.
 *
 * @param script the script's name
 * @param parts the text of {@code KEYS}, {@code ARGV} and {@code Returns}, and of what
 * the script does as {@code ""}
 */
record ScriptHeader(String script, Map<String, String> parts) {

	static final Path DIRECTORY = Path.of("src/main/resources/io/arque/redis");

	private static final Pattern PART = Pattern.compile("^(KEYS|ARGV|Returns)\\s+");

	private static final Pattern FIXED = Pattern.compile("(?:^|, )(\\d+) \\S");

	private static final Pattern REPEATED = Pattern.compile("then (two|three|four) for each (?:task|partition)");

	private static final Map<String, Integer> NUMBERS = Map.of("two", 2, "three", 3, "four", 4);

	static List<String> scripts() {
		try (Stream<Path> files = Files.list(DIRECTORY)) {
			return files.map((file) -> file.getFileName().toString())
				.filter((name) -> name.endsWith(".lua"))
				.map((name) -> name.substring(0, name.length() - ".lua".length()))
				.sorted()
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static ScriptHeader of(String script) {
		Map<String, String> parts = new HashMap<>();
		String part = "";
		for (String line : source(script).split("\n", -1)) {
			if (!line.startsWith("--") || line.startsWith("-- @include")) {
				break;
			}
			String text = line.substring(2).strip();
			Matcher begins = PART.matcher(text);
			if (begins.find()) {
				part = begins.group(1);
				text = text.substring(begins.end());
			}
			parts.merge(part, text, (first, more) -> first + '\n' + more);
		}
		return new ScriptHeader(script, parts);
	}

	static String source(String script) {
		try {
			return Files.readString(DIRECTORY.resolve(script + ".lua"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the numbers of the arguments that are sent once, in their order.
	 */
	List<Integer> fixedArguments() {
		List<Integer> numbers = new ArrayList<>();
		for (String line : this.parts.getOrDefault("ARGV", "").split("\n", -1)) {
			if (!line.isEmpty() && Character.isDigit(line.charAt(0))) {
				FIXED.matcher(line).results().forEach((found) -> numbers.add(Integer.valueOf(found.group(1))));
			}
		}
		return numbers;
	}

	/**
	 * Returns how many arguments each task adds, 0 if tasks add none.
	 */
	int argumentsPerTask() {
		Matcher found = REPEATED.matcher(this.parts.getOrDefault("ARGV", ""));
		return found.find() ? NUMBERS.get(found.group(1)) : 0;
	}

	/**
	 * Returns for each section of dequeue.lua how many arguments a task adds.
	 */
	List<Integer> argumentsPerSection() {
		return this.parts.get("ARGV")
			.lines()
			.filter((line) -> line.contains("then for each: "))
			.map((line) -> line.substring(line.indexOf("then for each: ")).split(", ", -1).length)
			.toList();
	}

}
