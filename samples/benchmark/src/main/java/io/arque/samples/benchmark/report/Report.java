package io.arque.samples.benchmark.report;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.arque.samples.benchmark.measure.Bar;
import io.arque.samples.benchmark.measure.Figure;

/**
 * {@code Report} is all that a run has found out, and on what.
 *
 * @param date when it was measured
 * @param machine the machine
 * @param versions of what took part
 * @param server which Redis
 * @param persistence what that Redis writes to disk
 * @param rounds how often each measurement was taken
 * @param notes what to know about this run, such as what was left out
 * @param figures the figures
 * @param bars what they have to reach
 */
public record Report(Instant date, Map<String, String> machine, Map<String, String> versions, String server,
		String persistence, int rounds, List<String> notes, List<Figure> figures, List<Bar> bars) {

	/**
	 * Returns a figure.
	 * @param name its name
	 * @return the figure, empty if it was not measured
	 */
	public Optional<Figure> figure(String name) {
		return this.figures.stream().filter((figure) -> figure.name().equals(name)).findFirst();
	}

}
