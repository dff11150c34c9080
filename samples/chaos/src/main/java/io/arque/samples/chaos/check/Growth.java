package io.arque.samples.chaos.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.arque.samples.chaos.record.History.Measurement;
import io.arque.samples.chaos.record.Vital;

/**
 * {@code Growth} compares what processes and servers used in the second quarter of a run
 * with what they used in its last, each by the median. Those that were not there in all
 * four quarters are not compared.
 */
public final class Growth {

	private static final int QUARTERS = 4;

	private final Map<Vital, Series> worst = new EnumMap<>(Vital.class);

	private long beyondAllowance;

	/**
	 * Compares.
	 * @param measurements of the whole run
	 */
	public Growth(List<Measurement> measurements) {
		long begun = measurements.stream().mapToLong(Measurement::micros).min().orElse(0);
		long ended = measurements.stream().mapToLong(Measurement::micros).max().orElse(0);
		Map<String, Series> all = new LinkedHashMap<>();
		for (Measurement one : measurements) {
			int quarter = (int) Math.min(QUARTERS - 1, QUARTERS * (one.micros() - begun) / Math.max(1, ended - begun));
			all.computeIfAbsent(one.of() + ' ' + one.what(), (name) -> new Series(one.what()))
				.add(quarter, one.value());
		}
		all.values().stream().filter(Series::isWhole).forEach(this::compare);
	}

	private void compare(Series series) {
		this.worst.merge(series.what, series, (one, other) -> (other.growth() > one.growth()) ? other : one);
		if (series.growth() > series.what.allowance(series.first())) {
			this.beyondAllowance++;
		}
	}

	/**
	 * Tells what was found: of each vital the median in the second quarter and that in
	 * the last, where it grew most.
	 * @return the figures by name, in the order in which they are told
	 */
	public Map<String, Long> results() {
		Map<String, Long> results = new LinkedHashMap<>();
		this.worst.forEach((what, series) -> {
			results.put(what + "-first", series.first());
			results.put(what + "-last", series.last());
		});
		results.put("grown-beyond-allowance", this.beyondAllowance);
		List<Vital> missing = new ArrayList<>(List.of(Vital.values()));
		missing.removeAll(this.worst.keySet());
		results.put("not-measured-throughout", (long) missing.size());
		return results;
	}

	/**
	 * What one process or server used of one thing.
	 */
	private static final class Series {

		private final Vital what;

		private final List<List<Long>> quarters = new ArrayList<>();

		Series(Vital what) {
			this.what = what;
			for (int i = 0; i < QUARTERS; i++) {
				this.quarters.add(new ArrayList<>());
			}
		}

		void add(int quarter, long value) {
			this.quarters.get(quarter).add(value);
		}

		boolean isWhole() {
			return this.quarters.stream().noneMatch(List::isEmpty);
		}

		long first() {
			return median(this.quarters.get(1));
		}

		long last() {
			return median(this.quarters.get(QUARTERS - 1));
		}

		long growth() {
			return last() - first();
		}

		private static long median(List<Long> values) {
			return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
		}

	}

}
