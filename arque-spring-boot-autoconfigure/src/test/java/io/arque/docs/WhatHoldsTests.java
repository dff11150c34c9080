package io.arque.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds the pages against the tests that they name, in any module. Each row of
 * docs/what-holds.md, docs/bad-input.md and docs/reliability/found.md has to name one.
 */
class WhatHoldsTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Pattern NAMED = Pattern.compile("`(\\w+Tests)\\.(\\w+)`");

	/** Annotations may go on over lines that are indented further. */
	private static final String ANNOTATIONS = "(?:\\s+@[^\\n]*(?:\\n\\t\\t[^\\n]*)*)*";

	private static final Pattern TEST = Pattern.compile("@(?:Test|ParameterizedTest|TestFactory)\\b(?:\\([^)]*\\))?"
			+ ANNOTATIONS + "\\s+(?:static )?\\S+ (\\w+)\\(");

	private static final Set<String> TESTS = tests();

	private static final Pattern CLASS = Pattern.compile("`(\\w+Tests)`");

	static List<String> claims() {
		List<String> lines = Stream.of("what-holds.md", "bad-input.md", "reliability/found.md")
			.flatMap((page) -> read(ROOT.resolve("docs").resolve(page)).lines())
			.toList();
		return IntStream.range(0, lines.size() - 1)
			.filter((i) -> lines.get(i).startsWith("| ") && !lines.get(i + 1).startsWith("|---"))
			.mapToObj(lines::get)
			.toList();
	}

	@ParameterizedTest
	@MethodSource("claims")
	void everyClaimNamesTestsThatExist(String line) {
		List<String> named = NAMED.matcher(line)
			.results()
			.map((found) -> found.group(1) + "." + found.group(2))
			.toList();
		assertThat(named).as("tests named in: %s", line).isNotEmpty().isSubsetOf(TESTS);
	}

	@Test
	void everyTestClassThatAPageNamesExists() throws IOException {
		Set<String> classes = TESTS.stream()
			.map((test) -> test.substring(0, test.indexOf('.')))
			.collect(Collectors.toSet());
		try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
			assertThat(files.filter((file) -> file.toString().endsWith(".md"))
				.flatMap((file) -> CLASS.matcher(read(file)).results().map((found) -> found.group(1)))
				.collect(Collectors.toSet())).isNotEmpty().isSubsetOf(classes);
		}
	}

	@Test
	void pageHasFifteenRules() {
		assertThat(page().lines().filter((line) -> line.startsWith("## ")).map((line) -> line.split("[ .]", -1)[1]))
			.containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15");
	}

	private static String page() {
		return read(ROOT.resolve("docs/what-holds.md"));
	}

	private static Set<String> tests() {
		try (Stream<Path> files = Files.walk(ROOT)) {
			return files.filter((file) -> file.toString().replace('\\', '/').contains("/src/test/java/"))
				.filter((file) -> file.toString().endsWith("Tests.java"))
				.flatMap((file) -> {
					String type = file.getFileName().toString().replace(".java", "");
					return TEST.matcher(read(file)).results().map((found) -> type + "." + found.group(1));
				})
				.collect(Collectors.toSet());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
