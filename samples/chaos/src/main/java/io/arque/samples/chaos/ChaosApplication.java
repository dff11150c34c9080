package io.arque.samples.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.springframework.util.FileSystemUtils;

/**
 * {@code ChaosApplication} breaks processes and servers while tasks are enqueued and
 * worked on, and says what became of the tasks, a line a figure. The exit code is 1 if
 * something was lost, or happened that should not have.
 */
public final class ChaosApplication {

	private ChaosApplication() {
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
		Report report = run(options);
		report.print();
		Path written = report.write("mvn -pl samples/chaos -am spring-boot:run \"-Dspring-boot.run.arguments="
				+ Arrays.stream(args).filter((arg) -> !arg.startsWith("--output=")).collect(Collectors.joining(" "))
				+ "\"");
		System.err.println((report.isGood() ? "All is as promised"
				: "NOT as promised: " + report.wrong() + "; the records are kept in " + report.directory()) + "; "
				+ written + ".json and .md");
		System.exit(report.isGood() ? 0 : 1);
	}

	/**
	 * Runs once. The records are kept if something is wrong, or it was asked for.
	 */
	static Report run(Options options) throws IOException, InterruptedException {
		Report report;
		try (Bench bench = new Bench(options)) {
			report = bench.run();
		}
		if (report.isGood() && !options.keepRecords()) {
			FileSystemUtils.deleteRecursively(report.directory());
		}
		return report;
	}

}
