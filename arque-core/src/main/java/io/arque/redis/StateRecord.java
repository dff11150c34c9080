package io.arque.redis;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;

import io.arque.ArqueException;
import io.arque.Delivery;
import org.jspecify.annotations.Nullable;

/**
 * {@code StateRecord} reads what scripts keep of a task that was leased at least once;
 * {@code include/state.lua} writes it and documents its bytes.
 *
 * @param attempts deliveries, but for those handed back
 * @param crashes expired leases
 * @param requeues failed attempts that were put back
 * @param dequeuedAtMillis when it was last delivered, 0 if never
 * @param requeuedAtMillis when it was last put back, 0 if never
 */
record StateRecord(int attempts, int crashes, int requeues, long dequeuedAtMillis, long requeuedAtMillis) {

	private static final int VERSION = 1;

	static StateRecord read(byte[] bytes) {
		if (bytes.length == 0) {
			return new StateRecord(0, 0, 0, 0, 0);
		}
		try {
			ByteBuffer in = ByteBuffer.wrap(bytes);
			int version = in.get();
			if (version != VERSION) {
				throw new ArqueException("The task's state record has version " + version + ", not " + VERSION);
			}
			in.getShort(); // max attempts, known from the body
			return new StateRecord(in.getShort() & 0xFFFF, in.getShort() & 0xFFFF, in.getShort() & 0xFFFF,
					TaskBody.millis(in), TaskBody.millis(in));
		}
		catch (BufferUnderflowException ex) {
			throw new ArqueException("The task's state record of " + bytes.length + " bytes is cut short", ex);
		}
	}

	/**
	 * Reads the record, or stands in for one that cannot be read, with nothing counted.
	 * @param bytes what Redis holds
	 * @return the record
	 */
	static StateRecord readLeniently(byte[] bytes) {
		try {
			return read(bytes);
		}
		catch (ArqueException ex) {
			return new StateRecord(0, 0, 0, 0, 0);
		}
	}

	Delivery delivery(TaskBody body) {
		return new Delivery(this.attempts, this.crashes, body.enqueuedAt(), time(this.dequeuedAtMillis),
				body.taskTimeout(), body.maxAttempts());
	}

	@Nullable Instant requeuedAt() {
		return time(this.requeuedAtMillis);
	}

	private static @Nullable Instant time(long millis) {
		return (millis > 0) ? Instant.ofEpochMilli(millis) : null;
	}

	/**
	 * Reads the records of one call, of which most are the same.
	 */
	static final class Reader {

		private byte[] lastBytes = {};

		private StateRecord last = StateRecord.read(this.lastBytes);

		StateRecord read(byte[] bytes) {
			if (!Arrays.equals(bytes, this.lastBytes)) {
				this.last = StateRecord.read(bytes);
				this.lastBytes = bytes;
			}
			return this.last;
		}

	}

}
