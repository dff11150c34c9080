package io.arque.samples.benchmark.measure;

/**
 * {@code Sample} is what one round of a {@link Measurement} says about one figure.
 *
 * @param name the figure's name
 * @param value the value
 * @param unit the value's unit
 */
public record Sample(String name, double value, String unit) {
}
