package io.arque.samples.benchmark.report;

import java.io.PrintStream;
import java.util.Locale;

import io.arque.samples.benchmark.measure.Bar;
import io.arque.samples.benchmark.measure.Figure;

/**
 * {@code Lines} prints a line a figure, and one for each bar that a figure has to reach.
 */
public final class Lines {

	private Lines() {
	}

	/**
	 * Prints the report.
	 * @param report the report
	 * @param out where to
	 */
	public static void print(Report report, PrintStream out) {
		for (Figure figure : report.figures()) {
			out.printf(Locale.ROOT, "RESULT %s %s %s%n", figure.name(), Figure.text(figure.value()), figure.unit());
		}
		for (Bar bar : report.bars()) {
			report.figure(bar.figure())
				.ifPresent((figure) -> out.printf(Locale.ROOT, "BAR %s %s %s: %s (%s to %s)%n", figure.name(),
						bar.sense(), Figure.text(bar.value()),
						(bar.isMetBy(figure) ? "met with " : "missed with ") + Figure.text(figure.value()),
						Figure.text(figure.min()), Figure.text(figure.max())));
		}
	}

}
