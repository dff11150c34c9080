package io.arque.samples.benchmark;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

import org.springframework.core.env.SimpleCommandLinePropertySource;

/**
 * {@code Options} are what the command line says.
 *
 * @param redis where Redis is; none for an embedded one
 * @param only names, or what names begin with, of what is measured; empty for all
 * @param sizes how much is measured
 * @param output directory for the JSON and the chart
 */
record Options(@Nullable String redis, List<String> only, Sizes sizes, Path output) {

	static final String USAGE = """
			--redis=redis://host:port  a Redis or Valkey server; without it, one is started
			--only=prefix,prefix       only what is named or begins so, such as floor.drain,arque.drain-
			--rounds=number            how often each is measured, 1 to 100
			--short                    a little of everything, in less than a minute
			--output=directory         where to write benchmark.json and benchmark.svg""";

	private static final Set<String> NAMES = Set.of("redis", "only", "rounds", "short", "output");

	private static final Path DEFAULT_OUTPUT = Path.of("target", "benchmark");

	/**
	 * Reads the options.
	 * @throws IllegalArgumentException if there is one that is not known, or not possible
	 */
	static Options of(String... args) {
		SimpleCommandLinePropertySource source = new SimpleCommandLinePropertySource(args);
		for (String arg : args) {
			if (!arg.startsWith("--")) {
				throw new IllegalArgumentException("Options begin with --; there is '" + arg + "'");
			}
		}
		for (String name : source.getPropertyNames()) {
			if (!NAMES.contains(name)) {
				throw new IllegalArgumentException("There is no option '" + name + "'. There are:\n" + USAGE);
			}
		}
		if (source.containsProperty("short") && !"".equals(source.getProperty("short"))) {
			throw new IllegalArgumentException("--short takes no value");
		}
		String only = source.getProperty("only");
		String output = source.getProperty("output");
		return new Options(redis(source.getProperty("redis")), (only != null) ? List.of(only.split(",")) : List.of(),
				sizes(source), (output != null) ? Path.of(output) : DEFAULT_OUTPUT);
	}

	private static Sizes sizes(SimpleCommandLinePropertySource source) {
		Sizes sizes = source.containsProperty("short") ? Sizes.SHORT : Sizes.FULL;
		String rounds = source.getProperty("rounds");
		if (rounds == null) {
			return sizes;
		}
		if (!rounds.matches("[1-9]\\d?|100")) {
			throw new IllegalArgumentException("--rounds must be a number from 1 to 100; it is '" + rounds + "'");
		}
		return sizes.withRounds(Integer.parseInt(rounds));
	}

	private static @Nullable String redis(@Nullable String url) {
		if (url != null && !"redis".equals(URI.create(url).getScheme())) {
			throw new IllegalArgumentException("--redis must be like redis://localhost:6379; it is '" + url + "'");
		}
		return url;
	}

	/**
	 * Tells what is to be measured. What equals a name means this one only, also where
	 * others begin with it.
	 * @param names of all that could be
	 */
	Predicate<String> wanted(Set<String> names) {
		return (name) -> this.only.isEmpty() || this.only.stream()
			.anyMatch((each) -> names.contains(each) ? name.equals(each) : name.startsWith(each));
	}

}
