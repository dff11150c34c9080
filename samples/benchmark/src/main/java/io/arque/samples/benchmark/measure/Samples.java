package io.arque.samples.benchmark.measure;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code Samples} keeps what every round has said, by the figure's name.
 */
public final class Samples {

	private final Map<String, List<Sample>> byName = new LinkedHashMap<>();

	/**
	 * Keeps a round's samples.
	 * @param samples the samples
	 */
	public void addAll(Collection<Sample> samples) {
		samples
			.forEach((sample) -> this.byName.computeIfAbsent(sample.name(), (name) -> new ArrayList<>()).add(sample));
	}

	/**
	 * Returns the samples of a figure, in the order of the rounds.
	 * @param name the figure's name
	 * @return the samples, none if it was not measured
	 */
	public List<Sample> of(String name) {
		return List.copyOf(this.byName.getOrDefault(name, List.of()));
	}

	/**
	 * Returns a figure for every name, in the order in which they came.
	 * @return the figures
	 */
	public List<Figure> figures() {
		return this.byName.values().stream().map(Figure::of).toList();
	}

}
