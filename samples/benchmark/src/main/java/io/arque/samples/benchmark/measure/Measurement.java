package io.arque.samples.benchmark.measure;

import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code Measurement} can be taken again and again, each time with the queue as it was
 * the first time.
 */
public interface Measurement {

	/**
	 * Returns the name of its figure, or what the names of its figures begin with.
	 * @return the name
	 */
	String name();

	/**
	 * Measures once.
	 * @return a sample of each of its figures, the same figures every time
	 * @throws Exception if anything is not as it should be; the benchmark then ends
	 */
	List<Sample> measure() throws Exception;

	/**
	 * Makes a measurement of one figure.
	 * @param name the figure's name
	 * @param unit its unit
	 * @param value measures
	 * @return the measurement
	 */
	static Measurement of(String name, String unit, Callable<Double> value) {
		return ofMany(name, () -> List.of(new Sample(name, value.call(), unit)));
	}

	/**
	 * Makes a measurement of several figures.
	 * @param name what their names begin with
	 * @param samples measures
	 * @return the measurement
	 */
	static Measurement ofMany(String name, Callable<List<Sample>> samples) {
		return new Measurement() {

			@Override
			public String name() {
				return name;
			}

			@Override
			public List<Sample> measure() throws Exception {
				return samples.call();
			}

		};
	}

}
