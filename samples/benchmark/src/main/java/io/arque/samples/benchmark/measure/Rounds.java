package io.arque.samples.benchmark.measure;

import java.util.List;

/**
 * {@code Rounds} takes the measurements of one group after the other, those of a group in
 * turn.
 */
public final class Rounds {

	private final Progress progress;

	/**
	 * Creates the rounds.
	 * @param progress is told how far they are
	 */
	public Rounds(Progress progress) {
		this.progress = progress;
	}

	/**
	 * Measures everything.
	 * @param groups what to measure
	 * @return what the rounds said, but for those that warm up
	 * @throws Exception if a measurement failed
	 */
	public Samples run(List<Group> groups) throws Exception {
		Samples samples = new Samples();
		this.progress.start(groups.stream().mapToInt(Group::steps).sum());
		for (Group group : groups) {
			for (int round = 1; round <= group.warmUps(); round++) {
				round(group, "warm-up " + round + " of " + group.warmUps(), new Samples());
			}
			for (int round = 1; round <= group.rounds(); round++) {
				round(group, "round " + round + " of " + group.rounds(), samples);
			}
		}
		this.progress.end();
		return samples;
	}

	private void round(Group group, String name, Samples samples) throws Exception {
		for (Measurement measurement : group.measurements()) {
			this.progress.step(name + ", " + measurement.name());
			try {
				samples.addAll(measurement.measure());
			}
			catch (Exception ex) {
				throw new IllegalStateException(measurement.name() + " could not be measured", ex);
			}
		}
	}

}
