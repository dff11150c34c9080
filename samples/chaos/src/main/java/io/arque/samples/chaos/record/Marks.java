package io.arque.samples.chaos.record;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code Marks} is a set of numbers from 0 on, a bit for each in a file that is mapped
 * into memory. When a number is marked the mark is the operating system's, as a line of a
 * record is: the process may be killed. It takes none of the process's heap. One process
 * writes a file, with as many threads as it likes.
 */
public final class Marks implements AutoCloseable {

	private static final int CHUNK_BYTES = 1 << 18;

	private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

	private final FileChannel file;

	private final Map<Long, ByteBuffer> chunks = new ConcurrentHashMap<>();

	/**
	 * Opens a file, which need not be there.
	 * @param path the file
	 */
	public Marks(Path path) {
		try {
			this.file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ,
					StandardOpenOption.WRITE);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Marks a number, or counts it if it is marked.
	 * @param number from 0 on
	 */
	public void mark(long number) {
		long place = (1 + number / Long.SIZE) * Long.BYTES;
		long bit = 1L << number % Long.SIZE;
		long before = (long) LONGS.getAndBitwiseOr(chunk(place / CHUNK_BYTES), (int) (place % CHUNK_BYTES), bit);
		if ((before & bit) != 0) {
			long unused = (long) LONGS.getAndAdd(chunk(0), 0, 1L);
		}
	}

	private ByteBuffer chunk(long index) {
		return this.chunks.computeIfAbsent(index, this::map);
	}

	private ByteBuffer map(long index) {
		try {
			return this.file.map(FileChannel.MapMode.READ_WRITE, index * CHUNK_BYTES, CHUNK_BYTES);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Reads what was marked.
	 * @param path the file
	 * @return the numbers, and how often one was marked that was so already
	 * @throws IOException if it cannot be read
	 */
	public static Numbers read(Path path) throws IOException {
		try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
			if (file.size() == 0) { // killed before the first
				return new Numbers(new BitSet(), 0);
			}
			ByteBuffer bytes = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size()).order(ByteOrder.nativeOrder());
			long again = bytes.getLong();
			return new Numbers(BitSet.valueOf(bytes.asLongBuffer()), again);
		}
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

	/**
	 * What was marked.
	 *
	 * @param marked the numbers
	 * @param again how often one was marked that was so already
	 */
	public record Numbers(BitSet marked, long again) {
	}

}
