package io.arque.samples.chaos.check;

import java.io.IOException;
import java.io.StringReader;
import java.util.Map;
import java.util.function.LongUnaryOperator;

import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Vital;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Measurements made by hand, one a second for 40 seconds: the second quarter is from 10
 * to 19, the last from 30 on.
 */
class GrowthTests {

	private final History history = new History();

	@Test
	void allowsWhatStaysAndWhatOnlyComesAndGoes() throws IOException {
		for (Vital vital : Vital.values()) {
			measured("all", vital, 0, 40, (second) -> (second % 7 == 0) ? 100_000 : 1000);
		}
		assertThat(results()).containsEntry("heap-kb-first", 1000L)
			.containsEntry("heap-kb-last", 1000L)
			.containsEntry("grown-beyond-allowance", 0L)
			.containsEntry("not-measured-throughout", 0L);
	}

	@Test
	void findsWhatGrowsAndTellsWhereItGrewMost() throws IOException {
		measured("worker-1", Vital.HEAP_KB, 0, 40, (second) -> 20_000 + 10 * second);
		measured("worker-2", Vital.HEAP_KB, 0, 40, (second) -> 20_000 + 300 * second);
		assertThat(results()).containsEntry("heap-kb-first", 24_500L)
			.containsEntry("heap-kb-last", 30_500L)
			.containsEntry("grown-beyond-allowance", 1L);
	}

	@Test
	void allowsATenthAndAFewThreads() throws IOException {
		measured("worker-1", Vital.THREADS, 0, 40, (second) -> (second < 25) ? 20 : 25);
		measured("worker-2", Vital.THREADS, 0, 40, (second) -> (second < 25) ? 100 : 110);
		assertThat(results()).containsEntry("grown-beyond-allowance", 0L);
		measured("worker-3", Vital.THREADS, 0, 40, (second) -> (second < 25) ? 20 : 26);
		measured("worker-4", Vital.THREADS, 0, 40, (second) -> (second < 25) ? 100 : 111);
		assertThat(results()).containsEntry("grown-beyond-allowance", 2L);
	}

	@Test
	void doesNotTakeTheStartForGrowth() throws IOException {
		measured("worker-1", Vital.HEAP_KB, 0, 40, (second) -> (second < 10) ? 5000 : 30_000);
		assertThat(results()).containsEntry("grown-beyond-allowance", 0L);
	}

	@Test
	void doesNotCompareAProcessThatWasNotThereInAllQuarters() throws IOException {
		measured("redis", Vital.CONNECTIONS, 0, 40, (second) -> 12);
		measured("worker-1", Vital.HEAP_KB, 0, 30, (second) -> 1000 * second);
		measured("worker-2", Vital.HEAP_KB, 10, 40, (second) -> 1000 * second);
		assertThat(results()).containsEntry("grown-beyond-allowance", 0L)
			.containsEntry("not-measured-throughout", Vital.values().length - 1L)
			.doesNotContainKey("heap-kb-first");
	}

	private Map<String, Long> results() {
		return new Growth(this.history.measurements()).results();
	}

	private void measured(String process, Vital vital, int from, int to, LongUnaryOperator value) throws IOException {
		StringBuilder record = new StringBuilder();
		for (int second = from; second < to; second++) {
			record.append("M %d %s %d%n".formatted(second * 1_000_000L, vital, value.applyAsLong(second)));
		}
		this.history.add(process, new StringReader(record.toString()));
	}

}
