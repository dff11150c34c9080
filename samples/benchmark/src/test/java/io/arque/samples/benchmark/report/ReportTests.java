package io.arque.samples.benchmark.report;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import io.arque.samples.benchmark.measure.Bar;
import io.arque.samples.benchmark.measure.Figure;
import io.arque.samples.benchmark.report.Chart.Panel;
import io.arque.samples.benchmark.report.Chart.Role;
import io.arque.samples.benchmark.report.Chart.Row;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what becomes of a {@link Report}.
 */
class ReportTests {

	private final Report report = new Report(Instant.parse("2026-01-02T03:04:05Z"), Map.of("processors", "2 x <fast>"),
			Map.of("java", "17"), "Redis 6.2.11, embedded", "no snapshots", 3, List.of("a note"),
			List.of(new Figure("arque.drain-100", 80_000, "tasks/s", 70_000, 90_000),
					new Figure("floor.drain", 100_000, "tasks/s", 95_000, 100_000),
					new Figure("ratio.drain.floor", 0.8, "x", 0.7, 0.9)),
			List.of(new Bar("ratio.drain.floor", Bar.Sense.AT_LEAST, 0.6),
					new Bar("ratio.not.measured", Bar.Sense.AT_LEAST, 0.6)));

	@Test
	void printsALineAFigureAndABar() {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		Lines.print(this.report, new PrintStream(out, true, StandardCharsets.UTF_8));
		assertThat(out.toString(StandardCharsets.UTF_8).lines()).containsExactly("RESULT arque.drain-100 80000 tasks/s",
				"RESULT floor.drain 100000 tasks/s", "RESULT ratio.drain.floor 0.800 x",
				"BAR ratio.drain.floor ≥ 0.600: met with 0.800 (0.700 to 0.900)");
	}

	@Test
	void writesJson() {
		JsonNode json = new JsonMapper().readTree(JsonReport.text(this.report));
		assertThat(json.path("date").asString()).isEqualTo("2026-01-02T03:04:05Z");
		assertThat(json.path("persistence").asString()).isEqualTo("no snapshots");
		JsonNode figure = json.path("figures").path(0);
		assertThat(figure.propertyNames()).containsExactlyInAnyOrder("name", "value", "unit", "min", "max");
		assertThat(figure.path("min").asDouble()).isEqualTo(70_000);
	}

	@Test
	void drawsWhatWasMeasured() throws Exception {
		Chart chart = new Chart(List.of(
				new Panel("Drain", List.of(new Row("Arque & co", "arque.drain-100", Role.ARQUE),
						new Row("floor", "floor.drain", Role.FLOOR), new Row("other", "other.drain", Role.PEER))),
				new Panel("Nothing", List.of(new Row("other", "other.drain", Role.PEER)))));
		Document svg = DocumentBuilderFactory.newInstance()
			.newDocumentBuilder()
			.parse(new ByteArrayInputStream(SvgChart.text(this.report, chart).getBytes(StandardCharsets.UTF_8)));
		NodeList bars = svg.getElementsByTagName("rect");
		assertThat(bars.getLength()).isEqualTo(2);
		assertThat(width(bars, 0)).isEqualTo(width(bars, 1) * 8 / 10);
		assertThat(svg.getDocumentElement().getTextContent()).contains("Arque & co", "80,000", "2 x <fast>")
			.doesNotContain("Nothing", "other");
	}

	private static int width(NodeList bars, int index) {
		return Integer.parseInt(bars.item(index).getAttributes().getNamedItem("width").getNodeValue());
	}

}
