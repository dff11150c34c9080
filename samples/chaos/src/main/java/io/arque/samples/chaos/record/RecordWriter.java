package io.arque.samples.chaos.record;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * {@code RecordWriter} appends to a file what one process knows. When a method has
 * returned, the line is the operating system's: the process may be killed. Only the
 * machine's own crash could lose it. Safe for use by many threads.
 */
public final class RecordWriter implements AutoCloseable {

	/** No channel: that would be closed by the interrupt of a handler that writes. */
	private final FileOutputStream file;

	/**
	 * Opens a file, which need not be there.
	 * @param path the file
	 */
	public RecordWriter(Path path) {
		try {
			this.file = new FileOutputStream(path.toFile(), true);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the time of the records: that of the machine's monotonic clock, which is
	 * one for all its processes and no matter of what time they think it is.
	 * @return microseconds
	 */
	public static long micros() {
		return System.nanoTime() / 1000;
	}

	/**
	 * Appends a line, with the time.
	 * @param kind what has happened
	 * @param fields what to know of it, see {@link Kind}
	 */
	public void write(Kind kind, Object... fields) {
		StringBuilder line = new StringBuilder(80).append(kind.letter()).append(' ').append(micros());
		for (Object field : fields) {
			line.append(' ').append(field);
		}
		byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
		try {
			synchronized (this) {
				this.file.write(bytes);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

}
