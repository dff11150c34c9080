package io.arque.samples.benchmark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import io.arque.samples.benchmark.measure.Figure;
import io.arque.samples.benchmark.report.Chart.Panel;
import io.arque.samples.benchmark.report.Chart.Role;
import io.arque.samples.benchmark.report.Chart.Row;

/**
 * {@code SvgChart} draws a report's figures as bars: the median, and a thin line from the
 * least to the most that a round said. It is readable on light and on dark ground.
 */
public final class SvgChart {

	private static final int WIDTH = 760;

	private static final int LABELS = 250;

	private static final int BARS = 380;

	private static final int ROW = 24;

	private static final int BAR = 14;

	private static final int TITLE = 40;

	private static final int MARGIN = 12;

	private static final String STYLE = """
			text { font: 13px system-ui, sans-serif; fill: #1f2328; }
			.title { font-weight: 600; }
			.note { font-size: 11px; fill: #59636e; }
			.arque { fill: #0969da; } .floor { fill: #8c959f; } .peer { fill: #bf8700; }
			.spread { stroke: #1f2328; stroke-width: 1; }
			@media (prefers-color-scheme: dark) {
			text { fill: #f0f6fc; }
			.note { fill: #9198a1; }
			.arque { fill: #58a6ff; } .floor { fill: #6e7681; } .peer { fill: #d29922; }
			.spread { stroke: #f0f6fc; }
			}
			""";

	private final Report report;

	private final StringBuilder svg = new StringBuilder();

	private int y = MARGIN;

	private SvgChart(Report report) {
		this.report = report;
	}

	/**
	 * Draws the chart.
	 * @param report the report
	 * @param chart what to draw of it; what was not measured is left out
	 * @param file where to
	 * @throws IOException if it cannot be written
	 */
	public static void write(Report report, Chart chart, Path file) throws IOException {
		Files.writeString(file, text(report, chart));
	}

	static String text(Report report, Chart chart) {
		SvgChart drawing = new SvgChart(report);
		chart.panels().forEach(drawing::panel);
		drawing.note();
		return """
				<svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d" role="img">
				<style>
				%3$s</style>
				%4$s</svg>
				""".formatted(WIDTH, drawing.y + MARGIN, STYLE, drawing.svg);
	}

	private void panel(Panel panel) {
		List<Row> rows = panel.rows().stream().filter((row) -> this.report.figure(row.figure()).isPresent()).toList();
		double most = rows.stream()
			.mapToDouble((row) -> this.report.figure(row.figure()).orElseThrow().max())
			.max()
			.orElse(0);
		if (most == 0) {
			return;
		}
		add("<text class=\"title\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, this.y + 20, escaped(panel.title()));
		this.y += TITLE;
		for (Row row : rows) {
			row(row, this.report.figure(row.figure()).orElseThrow(), BARS / most);
		}
	}

	private void row(Row row, Figure figure, double scale) {
		int middle = this.y + BAR / 2;
		int end = x(figure.max(), scale);
		add("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LABELS - 8, middle + 4, escaped(row.label()));
		add("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"/>", style(row.role()), LABELS,
				this.y, Math.max(1, x(figure.value(), scale) - LABELS), BAR);
		add("<line class=\"spread\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", x(figure.min(), scale), middle, end,
				middle);
		add("<text x=\"%d\" y=\"%d\">%s</text>", end + 8, middle + 4, number(figure.value()));
		this.y += ROW;
	}

	private void note() {
		String persistence = this.report.server() + ", " + this.report.persistence();
		for (String line : List.of(String.join(", ", this.report.machine().values()), persistence)) {
			this.y += 16;
			add("<text class=\"note\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, this.y, escaped(line));
		}
	}

	private static int x(double value, double scale) {
		return LABELS + (int) Math.round(value * scale);
	}

	private static String number(double value) {
		return (value >= 1000) ? String.format(Locale.ROOT, "%,.0f", value) : Figure.text(value);
	}

	private static String style(Role role) {
		return role.name().toLowerCase(Locale.ROOT);
	}

	private static String escaped(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
	}

	private void add(String format, Object... values) {
		this.svg.append(String.format(Locale.ROOT, format, values)).append('\n');
	}

}
