package io.arque.redis;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import io.arque.ArqueException;
import io.arque.Checks;
import io.arque.EnqueueOptions;
import org.jspecify.annotations.Nullable;

/**
 * {@code TaskBody} is the record of a task that is written once, when it is enqueued.
 * Format 1, big-endian, the bytes in brackets only where the flag says so:
 *
 * <pre>
 * u8 version | u48 enqueued at, ms | u8 flags | [1: u16 max attempts] | [2: u48 time-out, ms]
 *   | [4: u16 length, custom id] | [8: u16 count, then for each header u16 length, name, u32 length, value]
 *   | payload | u8 spread
 * </pre>
 *
 * Version and time are put before the rest by {@code enqueue.lua}, by Redis's clock. The
 * last byte means nothing but differs from task to task, see {@code include/body.lua}.
 *
 * @param id the custom id, none if the task's reference is its id
 * @param taskTimeout the task's own time-out
 * @param maxAttempts the task's own limit
 * @param headers names and values
 * @param payload the payload
 * @param enqueuedAt when it was enqueued
 */
record TaskBody(@Nullable String id, @Nullable Duration taskTimeout, @Nullable Integer maxAttempts,
		Map<String, String> headers, byte[] payload, Instant enqueuedAt) {

	private static final int VERSION = 1;

	private static final int MAX_ATTEMPTS = 1;

	private static final int TIMEOUT = 2;

	private static final int ID = 4;

	private static final int HEADERS = 8;

	private static final int MAX_HEADER_BYTES = 64 * 1024;

	private static final int FLAGS_AT = 7;

	private static final int SPREAD_BYTES = 1;

	/**
	 * Writes the record, but for its version and time.
	 * @param reference the task's reference
	 * @param options what the task was given
	 * @param payload the payload
	 * @return the bytes
	 */
	static byte[] write(String reference, EnqueueOptions options, byte[] payload) {
		byte spread = (byte) reference.hashCode();
		if (options == EnqueueOptions.none()) {
			byte[] plain = new byte[1 + payload.length + SPREAD_BYTES];
			System.arraycopy(payload, 0, plain, 1, payload.length);
			plain[plain.length - 1] = spread;
			return plain;
		}
		byte[] id = (options.id() != null) ? utf8(options.id()) : new byte[0];
		byte[] headers = headerBytes(options.headers());
		ByteBuffer out = ByteBuffer.allocate(12 + id.length + headers.length + payload.length);
		int flags = ((options.maxAttempts() != null) ? MAX_ATTEMPTS : 0)
				| ((options.taskTimeout() != null) ? TIMEOUT : 0) | ((id.length > 0) ? ID : 0)
				| ((headers.length > 0) ? HEADERS : 0);
		out.put((byte) flags);
		if (options.maxAttempts() != null) {
			out.putShort(options.maxAttempts().shortValue());
		}
		if (options.taskTimeout() != null) {
			long millis = options.taskTimeout().toMillis();
			out.putShort((short) (millis >>> 32)).putInt((int) millis);
		}
		if (id.length > 0) {
			out.putShort((short) id.length).put(id);
		}
		out.put(headers).put(payload).put(spread);
		byte[] record = new byte[out.position()];
		out.flip().get(record);
		return record;
	}

	/**
	 * Reads the record.
	 * @param bytes what Redis holds
	 * @return the record
	 * @throws ArqueException if the bytes are not such a record
	 */
	static TaskBody read(byte[] bytes) {
		try {
			ByteBuffer in = ByteBuffer.wrap(bytes);
			int version = in.get();
			if (version != VERSION) {
				throw new ArqueException("The task's record has version " + version + ", not " + VERSION);
			}
			Instant enqueuedAt = Instant.ofEpochMilli(millis(in));
			return read(in, in.get(), enqueuedAt);
		}
		catch (BufferUnderflowException | NegativeArraySizeException ex) {
			throw new ArqueException("The task's record of " + bytes.length + " bytes is cut short or damaged", ex);
		}
	}

	/**
	 * Reads a record that was cut down to what precedes the headers.
	 * @param bytes what {@code task.lua} returned
	 * @return the record, with neither headers nor payload
	 */
	static TaskBody readHead(byte[] bytes) {
		byte[] head = Arrays.copyOf(bytes, bytes.length + SPREAD_BYTES);
		if (bytes.length > FLAGS_AT) {
			head[FLAGS_AT] &= ~HEADERS;
		}
		return read(head);
	}

	private static TaskBody read(ByteBuffer in, int flags, Instant enqueuedAt) {
		Integer maxAttempts = ((flags & MAX_ATTEMPTS) != 0) ? in.getShort() & 0xFFFF : null;
		Duration timeout = ((flags & TIMEOUT) != 0) ? timeout(millis(in)) : null;
		String id = ((flags & ID) != 0) ? text(in, in.getShort() & 0xFFFF) : null;
		Map<String, String> headers = ((flags & HEADERS) != 0) ? headers(in) : Map.of();
		byte[] payload = new byte[in.remaining() - SPREAD_BYTES];
		in.get(payload);
		return new TaskBody(id, timeout, maxAttempts, headers, payload, enqueuedAt);
	}

	/**
	 * Reads the record, or stands in for one that cannot be read, with all its bytes as
	 * payload.
	 * @param bytes what Redis holds
	 * @return the record
	 */
	static TaskBody readLeniently(byte[] bytes) {
		try {
			return read(bytes);
		}
		catch (ArqueException ex) {
			return new TaskBody(null, null, null, Map.of(), bytes, Instant.EPOCH);
		}
	}

	static long millis(ByteBuffer in) {
		return ((in.getShort() & 0xFFFFL) << 32) | (in.getInt() & 0xFFFFFFFFL);
	}

	private static Duration timeout(long millis) {
		if (millis > Checks.FOREVER.toMillis()) {
			throw new ArqueException("The task's record is damaged: its time-out is " + millis + " ms");
		}
		return Duration.ofMillis(millis);
	}

	private static byte[] headerBytes(Map<String, String> headers) {
		if (headers.isEmpty()) {
			return new byte[0];
		}
		ByteBuffer out = ByteBuffer.allocate(MAX_HEADER_BYTES);
		out.putShort((short) headers.size());
		headers.forEach((name, value) -> {
			byte[] nameBytes = utf8(name);
			byte[] valueBytes = utf8(value);
			if (out.remaining() < 6 + (long) nameBytes.length + valueBytes.length) {
				throw new IllegalArgumentException("EnqueueOptions: headers must not exceed 64 kB together, '" + name
						+ "' with " + valueBytes.length + " bytes is too much");
			}
			out.putShort((short) nameBytes.length).put(nameBytes).putInt(valueBytes.length).put(valueBytes);
		});
		byte[] bytes = new byte[out.position()];
		out.flip().get(bytes);
		return bytes;
	}

	private static Map<String, String> headers(ByteBuffer in) {
		int count = in.getShort() & 0xFFFF;
		Map<String, String> headers = new LinkedHashMap<>();
		for (int i = 0; i < count; i++) {
			String name = text(in, in.getShort() & 0xFFFF);
			headers.put(name, text(in, in.getInt()));
		}
		return Map.copyOf(headers);
	}

	private static String text(ByteBuffer in, int length) {
		if (length < 0 || length > in.remaining()) {
			throw new BufferUnderflowException();
		}
		byte[] bytes = new byte[length];
		in.get(bytes);
		return new String(bytes, StandardCharsets.UTF_8);
	}

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
