package io.arque.samples.benchmark.measure;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code Ratio} is a figure that sets two others into relation, round by round, so that
 * what slows a whole round down slows both.
 *
 * @param name the ratio's name
 * @param dividend a figure's name
 * @param divisor another's
 */
public record Ratio(String name, String dividend, String divisor) {

	private static final String UNIT = "x";

	/**
	 * Computes the ratio.
	 * @param samples what the rounds said
	 * @return the ratio, empty if one of its figures was not measured
	 */
	public Optional<Figure> of(Samples samples) {
		List<Sample> above = samples.of(this.dividend);
		List<Sample> below = samples.of(this.divisor);
		List<Sample> ratios = new ArrayList<>();
		for (int i = 0; i < Math.min(above.size(), below.size()); i++) {
			ratios.add(new Sample(this.name, above.get(i).value() / below.get(i).value(), UNIT));
		}
		return ratios.isEmpty() ? Optional.empty() : Optional.of(Figure.of(ratios));
	}

}
