package io.arque.samples.benchmark.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
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

	private static final int LABELS = 210;

	private static final int BARS = 360;

	private static final int ROW = 24;

	private static final int BAR = 14;

	private static final int TITLE = 34;

	private static final int BETWEEN_PANELS = 14;

	/** What is more than this much above the highest bar is not drawn to its end. */
	private static final double HEADROOM = 1.15;

	private static final int MARGIN = 12;

	private static final String STYLE = """
			text { font: 13px system-ui, sans-serif; fill: #1f2328; }
			.title, .arque-label { font-weight: 600; }
			.note { font-size: 11px; fill: #59636e; }
			.arque { fill: #0969da; } .floor { fill: #8c959f; } .peer { fill: #bf8700; }
			.spread { stroke: #1f2328; stroke-width: 1.5; stroke-opacity: 0.6; }
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
				<title>Arque and its peers, as measured on one machine in one run</title>
				<style>
				%3$s</style>
				%4$s</svg>
				""".formatted(WIDTH, drawing.y + MARGIN, STYLE, drawing.svg);
	}

	private void panel(Panel panel) {
		List<Row> rows = panel.rows().stream().filter((row) -> this.report.figure(row.figure()).isPresent()).toList();
		double most = rows.stream()
			.mapToDouble((row) -> this.report.figure(row.figure()).orElseThrow().value())
			.max()
			.orElse(0);
		if (most == 0) {
			return;
		}
		add("<text class=\"title\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, this.y + 16, escaped(panel.title()));
		this.y += TITLE;
		for (Row row : rows) {
			row(row, this.report.figure(row.figure()).orElseThrow(), most);
		}
		this.y += BETWEEN_PANELS;
	}

	private void row(Row row, Figure figure, double most) {
		double scale = BARS / (most * HEADROOM);
		int middle = this.y + BAR / 2;
		boolean cut = figure.max() > most * HEADROOM;
		int end = x(cut ? most * HEADROOM : figure.max(), scale);
		add("<text class=\"%s-label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", style(row.role()), LABELS - 8,
				middle + 4, escaped(row.label()));
		add("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"/>", style(row.role()), LABELS,
				this.y, Math.max(1, x(figure.value(), scale) - LABELS), BAR);
		add("<line class=\"spread\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"%s/>", x(figure.min(), scale), middle, end,
				middle, cut ? " stroke-dasharray=\"4 3\"" : "");
		String beyond = cut ? " (up to " + number(figure.max()) + ")" : "";
		add("<text x=\"%d\" y=\"%d\">%s</text>", end + 8, middle + 4, number(figure.value()) + beyond);
		this.y += ROW;
	}

	private void note() {
		String how = "Bars: median of " + this.report.rounds()
				+ " rounds, taken in turn. Lines: from the least to the most that a round said";
		String server = this.report.server() + ", " + this.report.persistence() + ", " + date();
		for (String line : List.of(how, String.join(", ", this.report.machine().values()), server)) {
			this.y += 16;
			add("<text class=\"note\" x=\"%d\" y=\"%d\">%s</text>", MARGIN, this.y, escaped(line));
		}
	}

	private String date() {
		return this.report.date().atOffset(ZoneOffset.UTC).toLocalDate().toString();
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
