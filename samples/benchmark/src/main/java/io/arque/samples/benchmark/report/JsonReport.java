package io.arque.samples.benchmark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code JsonReport} writes a report as JSON.
 */
public final class JsonReport {

	private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

	private JsonReport() {
	}

	/**
	 * Writes the report.
	 * @param report the report
	 * @param file where to
	 * @throws IOException if it cannot be written
	 */
	public static void write(Report report, Path file) throws IOException {
		Files.writeString(file, text(report));
	}

	static String text(Report report) {
		return MAPPER.writeValueAsString(report) + "\n";
	}

}
