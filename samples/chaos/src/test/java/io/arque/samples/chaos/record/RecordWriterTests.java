package io.arque.samples.chaos.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class RecordWriterTests {

	@TempDir
	private Path folder;

	@Test
	void aHandlerThatIsInterruptedWhileItWritesEndsTheRecordOfNobody() throws IOException {
		Path file = this.folder.resolve("worker-1.record");
		try (RecordWriter record = new RecordWriter(file)) {
			Thread.currentThread().interrupt();
			record.write(Kind.DONE, "1", "t1");
			assertThat(Thread.interrupted()).isTrue();
			record.write(Kind.DONE, "2", "t2");
		}
		try (RecordWriter again = new RecordWriter(file)) {
			again.write(Kind.DONE, "3", "t3");
		}
		assertThat(Files.readAllLines(file)).hasSize(3).allMatch((line) -> line.startsWith("D "));
	}

}
