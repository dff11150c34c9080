package io.arque.samples.benchmark.measure;

import java.util.List;
import java.util.function.Predicate;

/**
 * {@code Group} is what is compared with one another, and therefore measured in turn: A,
 * B, C, A, B, C.
 *
 * @param rounds how often each is measured
 * @param warmUps how many rounds go before that do not count
 * @param measurements what is measured, in this order
 */
public record Group(int rounds, int warmUps, List<Measurement> measurements) {

	/**
	 * Returns the group with what was asked for only.
	 * @param wanted whether a measurement is wanted
	 * @return the smaller group
	 */
	public Group only(Predicate<Measurement> wanted) {
		return new Group(this.rounds, this.warmUps, this.measurements.stream().filter(wanted).toList());
	}

	/**
	 * Returns how many times something is measured.
	 * @return the steps
	 */
	public int steps() {
		return (this.rounds + this.warmUps) * this.measurements.size();
	}

}
