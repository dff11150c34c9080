package io.arque.samples.benchmark.measure;

import java.util.List;
import java.util.Locale;

/**
 * {@code Figure} is a result: the median of its rounds, and their spread.
 *
 * @param name the name; what comes before its first dot says what was measured
 * @param value the median
 * @param unit the unit of all three values
 * @param min the least that a round has said
 * @param max the most that a round has said
 */
public record Figure(String name, double value, String unit, double min, double max) {

	/**
	 * Makes the figure of some samples.
	 * @param samples at least one, all of the same name and unit
	 * @return the figure
	 */
	public static Figure of(List<Sample> samples) {
		double[] sorted = samples.stream().mapToDouble(Sample::value).sorted().toArray();
		int middle = sorted.length / 2;
		double median = (sorted.length % 2 == 1) ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
		Sample first = samples.get(0);
		return new Figure(first.name(), median, first.unit(), sorted[0], sorted[sorted.length - 1]);
	}

	/**
	 * Writes a value with three significant digits, or all that are before the point.
	 * @param value the value
	 * @return the text, the same in every locale
	 */
	public static String text(double value) {
		double size = Math.abs(value);
		String format = (size >= 100) ? "%.0f" : (size >= 10) ? "%.1f" : (size >= 1 || size == 0) ? "%.2f" : "%.3f";
		return String.format(Locale.ROOT, format, value);
	}

}
