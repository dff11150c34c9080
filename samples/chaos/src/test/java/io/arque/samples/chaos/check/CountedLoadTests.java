package io.arque.samples.chaos.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

import io.arque.samples.chaos.record.LoadRecord;
import io.arque.samples.chaos.record.LoadRecord.What;
import io.arque.samples.chaos.record.Marks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class CountedLoadTests {

	@TempDir
	private Path directory;

	@Test
	void findsNothingWrongWhenAllWereDoneOnce() throws IOException {
		mark("p1", What.ATTEMPTED, "p1", 0, 1, 2);
		mark("p1", What.ACKNOWLEDGED, "p1", 0, 1);
		mark("p1", What.DONE, "w1", 0);
		mark("p1", What.DONE, "w2", 1, 2);
		assertThat(check()).containsEntry("load-attempted", 3L)
			.containsEntry("load-acknowledged", 2L)
			.containsEntry("load-processed", 3L)
			.containsEntry("load-lost", 0L)
			.containsEntry("load-unexpected", 0L)
			.containsEntry("load-done-again", 0L)
			.containsEntry("load-per-second", 1L);
	}

	@Test
	void findsWhatWasAcknowledgedAndNeverDoneAlsoIfAnotherProducersWas() throws IOException {
		mark("p1", What.ATTEMPTED, "p1", 0, 1);
		mark("p1", What.ACKNOWLEDGED, "p1", 0, 1);
		mark("p2", What.ATTEMPTED, "p2", 0, 1);
		mark("p2", What.DONE, "w1", 0, 1);
		assertThat(check()).containsEntry("load-lost", 2L).containsEntry("load-unexpected", 0L);
	}

	@Test
	void findsWhatNobodyEnqueued() throws IOException {
		mark("p1", What.ATTEMPTED, "p1", 0);
		mark("p1", What.DONE, "w1", 0, 1);
		mark("p2", What.DONE, "w1", 3);
		assertThat(check()).containsEntry("load-unexpected", 2L);
	}

	@Test
	void countsWhatWasDoneAgainByTheSameWorkerOrAnother() throws IOException {
		mark("p1", What.ATTEMPTED, "p1", 0, 1);
		mark("p1", What.DONE, "w1", 0, 0, 1);
		mark("p1", What.DONE, "w2", 0);
		assertThat(check()).containsEntry("load-processed", 2L).containsEntry("load-done-again", 2L);
	}

	private Map<String, Long> check() throws IOException {
		return new CountedLoad(LoadRecord.read(this.directory)).check(3_000_000);
	}

	private void mark(String producer, What what, String process, long... numbers) throws IOException {
		try (Marks marks = LoadRecord.open(this.directory, producer, what, process)) {
			for (long number : numbers) {
				marks.mark(number);
			}
		}
	}

}
