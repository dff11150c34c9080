package io.arque.samples.benchmark.floor;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.arque.ArqueOperations;

/**
 * {@code ScriptText} reads one of Arque's scripts with all that it includes.
 */
final class ScriptText {

	private static final Pattern INCLUDE = Pattern.compile("^-- @include (\\w+)$", Pattern.MULTILINE);

	private ScriptText() {
	}

	static String of(String name) {
		return INCLUDE.matcher(read(name + ".lua"))
			.replaceAll((include) -> Matcher.quoteReplacement(read("include/" + include.group(1) + ".lua")));
	}

	private static String read(String file) {
		try (InputStream in = ArqueOperations.class.getResourceAsStream("redis/" + file)) {
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
