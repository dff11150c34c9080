package io.arque.samples.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import io.arque.samples.benchmark.measure.Figure;
import io.arque.samples.benchmark.measure.Group;
import io.arque.samples.benchmark.measure.Measurement;
import io.arque.samples.benchmark.measure.Progress;
import io.arque.samples.benchmark.measure.Resources;
import io.arque.samples.benchmark.measure.Rounds;
import io.arque.samples.benchmark.measure.Samples;
import io.arque.samples.benchmark.report.Environment;
import io.arque.samples.benchmark.report.JsonReport;
import io.arque.samples.benchmark.report.Lines;
import io.arque.samples.benchmark.report.Report;
import io.arque.samples.benchmark.report.SvgChart;
import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code BenchmarkApplication} measures Arque, what it stands on and what it competes
 * with, prints a line a figure, and writes the same as JSON and as a chart.
 */
public final class BenchmarkApplication {

	private BenchmarkApplication() {
	}

	public static void main(String[] args) throws Exception {
		Options options;
		try {
			options = Options.of(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.exit(2);
			return;
		}
		Report report = measure(options);
		Lines.print(report, System.out);
		write(report, options.output());
		System.exit(0); // whatever threads are left
	}

	private static Report measure(Options options) throws Exception {
		try (Resources resources = new Resources()) {
			closeOnSignal(resources);
			RedisServer server = resources.add(RedisServer.open(options.redis()));
			String prefix = "benchmark-" + UUID.randomUUID().toString().substring(0, 8);
			resources.add(() -> server.deleteAll(prefix + "*"));
			Suite suite = new Suite(options.sizes(), server, prefix, resources);
			System.err.println(server.description() + ", " + server.persistence());
			suite.notes().forEach(System.err::println);
			List<Group> all = suite.groups();
			Predicate<String> wanted = options.wanted(all.stream()
				.flatMap((group) -> group.measurements().stream())
				.map(Measurement::name)
				.collect(Collectors.toSet()));
			List<Group> groups = all.stream()
				.map((group) -> group.only((measurement) -> wanted.test(measurement.name())))
				.toList();
			Samples samples = new Rounds(Progress.onConsole()).run(groups);
			List<Figure> figures = new ArrayList<>(samples.figures());
			figures.addAll(Comparison.figures(samples));
			return new Report(Instant.now().truncatedTo(ChronoUnit.SECONDS), Environment.machine(),
					Environment.versions(), server.description(), server.persistence(), options.sizes().rounds(),
					suite.notes(), figures, (options.sizes().warmUps() > 0) ? Comparison.bars() : List.of());
		}
	}

	/** Ctrl-C ends the servers and processes too. */
	private static void closeOnSignal(Resources resources) {
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			try {
				resources.close();
			}
			catch (Exception ex) {
				System.err.println("Not all could be closed: " + ex);
			}
		}));
	}

	private static void write(Report report, Path directory) throws IOException {
		Files.createDirectories(directory);
		JsonReport.write(report, directory.resolve("benchmark.json"));
		SvgChart.write(report, Comparison.CHART, directory.resolve("benchmark.svg"));
		System.err.println("The figures as JSON, and the chart, are in " + directory.toAbsolutePath());
	}

}
