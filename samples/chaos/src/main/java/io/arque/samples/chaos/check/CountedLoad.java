package io.arque.samples.chaos.check;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.arque.samples.chaos.record.LoadRecord.Entry;
import io.arque.samples.chaos.record.LoadRecord.What;

/**
 * {@code CountedLoad} says of the tasks that are counted only how many were lost, came
 * from nowhere or were done again: exactly, for each has a bit of its own. It does not
 * know when anything happened, nor under which lease.
 */
public final class CountedLoad {

	private final Map<String, Map<What, BitSet>> byProducer = new TreeMap<>();

	private long done;

	/**
	 * Creates it.
	 * @param entries what all processes have marked
	 */
	public CountedLoad(List<Entry> entries) {
		for (Entry entry : entries) {
			numbers(entry.producer(), entry.what()).or(entry.numbers().marked());
			if (entry.what() == What.DONE) {
				this.done += entry.numbers().marked().cardinality() + entry.numbers().again();
			}
		}
	}

	private BitSet numbers(String producer, What what) {
		return this.byProducer.computeIfAbsent(producer, (name) -> new TreeMap<>())
			.computeIfAbsent(what, (name) -> new BitSet());
	}

	/**
	 * Checks.
	 * @param micros how long it took to enqueue and to do them
	 * @return the figures by name, in the order in which they are told
	 */
	public Map<String, Long> check(long micros) {
		Map<String, Long> results = new LinkedHashMap<>();
		long processed = count(What.DONE);
		results.put("load-attempted", count(What.ATTEMPTED));
		results.put("load-acknowledged", count(What.ACKNOWLEDGED));
		results.put("load-processed", processed);
		results.put("load-lost", countWithout(What.ACKNOWLEDGED, What.DONE));
		results.put("load-unexpected", countWithout(What.DONE, What.ATTEMPTED));
		results.put("load-done-again", this.done - processed);
		results.put("load-per-second", processed * 1_000_000 / micros);
		return results;
	}

	private long count(What what) {
		return this.byProducer.keySet().stream().mapToLong((producer) -> numbers(producer, what).cardinality()).sum();
	}

	private long countWithout(What what, What other) {
		return this.byProducer.keySet().stream().mapToLong((producer) -> {
			BitSet rest = (BitSet) numbers(producer, what).clone();
			rest.andNot(numbers(producer, other));
			return rest.cardinality();
		}).sum();
	}

}
