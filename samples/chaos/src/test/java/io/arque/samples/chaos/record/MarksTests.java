package io.arque.samples.chaos.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class MarksTests {

	/** More than one chunk of the file has bits for. */
	private static final long FAR = 5_000_000;

	@TempDir
	private Path directory;

	@Test
	void readsWhatWasMarkedAndHowOftenItWasSoAlready() throws IOException {
		Path file = this.directory.resolve("some.marks");
		// not closed, as when the process is killed
		Marks marks = new Marks(file);
		LongStream.of(0, 63, 64, FAR, 63, 63).forEach(marks::mark);
		Marks.Numbers numbers = Marks.read(file);
		assertThat(numbers.marked().stream()).containsExactly(0, 63, 64, (int) FAR);
		assertThat(numbers.again()).isEqualTo(2);
	}

	@Test
	void goesOnWithWhatIsThere() throws IOException {
		Path file = this.directory.resolve("some.marks");
		try (Marks marks = new Marks(file)) {
			marks.mark(7);
		}
		try (Marks marks = new Marks(file)) {
			marks.mark(7);
			marks.mark(8);
		}
		assertThat(Marks.read(file).marked().stream()).containsExactly(7, 8);
		assertThat(Marks.read(file).again()).isEqualTo(1);
	}

	@Test
	void isEmptyWhenNothingWasMarked() throws IOException {
		Path file = Files.createFile(this.directory.resolve("some.marks"));
		assertThat(Marks.read(file).marked().isEmpty()).isTrue();
	}

	@Test
	void losesNoMarkWhenThreadsMarkNeighbours() throws Exception {
		Path file = this.directory.resolve("some.marks");
		Marks marks = new Marks(file);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			int first = i;
			threads.add(
					new Thread(() -> LongStream.iterate(first, (n) -> n < 100_000, (n) -> n + 4).forEach(marks::mark)));
		}
		threads.forEach(Thread::start);
		for (Thread thread : threads) {
			thread.join();
		}
		assertThat(Marks.read(file).marked().cardinality()).isEqualTo(100_000);
		assertThat(Marks.read(file).again()).isZero();
	}

}
