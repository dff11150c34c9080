package io.arque.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds README.md and docs against what is there: examples compile, links lead somewhere.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Path EXAMPLES = Path.of("src/test/java/io/arque/docs/Examples.java");

	private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

	private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");

	@TestFactory
	Stream<DynamicTest> javaExamplesOfEveryPageCompile() {
		String compiled = flat(read(EXAMPLES));
		return pages().flatMap((page) -> {
			List<DynamicTest> tests = new ArrayList<>();
			Matcher example = JAVA.matcher(read(page));
			while (example.find()) {
				String code = flat(example.group(1));
				tests.add(DynamicTest.dynamicTest(
						page.getFileName() + ": " + example.group(1).lines().findFirst().orElse(""),
						() -> assertThat(compiled).contains(code)));
			}
			return tests.stream();
		});
	}

	@Test
	void linksBetweenPagesLeadSomewhere() {
		pages().forEach((page) -> {
			Matcher link = LINK.matcher(read(page));
			while (link.find()) {
				assertThat(page.resolveSibling(link.group(1))).as("link in " + page).exists();
			}
		});
	}

	private static Stream<Path> pages() {
		try {
			Stream<Path> docs = Files.walk(ROOT.resolve("docs")).filter((file) -> file.toString().endsWith(".md"));
			return Stream.concat(Stream.of(ROOT.resolve("README.md")), docs);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Without what the formatter decides: indentation, empty lines and line breaks. */
	private static String flat(String code) {
		return code.replaceAll("\\s+", " ").strip();
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
