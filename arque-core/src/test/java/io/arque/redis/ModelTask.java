package io.arque.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.arque.TaskState;

/**
 * {@code ModelTask} is a task as the model of a queue keeps it. Bytes are text in
 * ISO-8859-1, times are milliseconds since the epoch.
 */
final class ModelTask {

	private static final int FLAGS_AT = 7;

	private static final int OPTIONS_AT = FLAGS_AT + 1;

	private static final int TOKEN_AT = 21;

	final String reference;

	String body;

	TaskState place = TaskState.PENDING;

	/** When it is due, its lease ends or it failed; not used while it is pending. */
	long time;

	/** Whether it was leased, since when there is a state record. */
	boolean leasedOnce;

	int attempts;

	int crashes;

	int requeues;

	long dequeuedAt;

	long requeuedAt;

	String token = "";

	String error = "";

	ModelTask(String reference, String body) {
		this.reference = reference;
		this.body = body;
	}

	/**
	 * Gives it another body; what was counted is forgotten.
	 */
	void replaceBody(String newBody) {
		this.body = newBody;
		forget();
	}

	/**
	 * Forgets what was counted.
	 */
	void forget() {
		this.leasedOnce = false;
		this.attempts = 0;
		this.crashes = 0;
		this.requeues = 0;
		this.dequeuedAt = 0;
		this.requeuedAt = 0;
		this.token = "";
	}

	boolean isLeasedUnder(String candidate) {
		return this.leasedOnce && !candidate.isEmpty() && this.token.equals(candidate);
	}

	/**
	 * Returns its own limit, 0 if it has none.
	 */
	int maxAttempts() {
		return hasFlag(1) ? shortAt(OPTIONS_AT) : 0;
	}

	/**
	 * Returns its custom id, '' if it has none.
	 */
	String id() {
		if (!hasFlag(4)) {
			return "";
		}
		int at = idAt();
		return this.body.substring(at + 2, at + 2 + shortAt(at));
	}

	/**
	 * Returns the body without headers and payload.
	 */
	String head() {
		int end = hasFlag(4) ? idAt() + 2 + shortAt(idAt()) : idAt();
		return this.body.substring(0, end);
	}

	long failedBytes() {
		return this.body.length() + this.error.length();
	}

	/**
	 * Returns the state record that Redis should have, '' if none.
	 */
	String state() {
		if (!this.leasedOnce) {
			return "";
		}
		ByteBuffer out = ByteBuffer.allocate(TOKEN_AT + 1 + this.token.length());
		out.put((byte) 1)
			.putShort((short) maxAttempts())
			.putShort((short) this.attempts)
			.putShort((short) this.crashes)
			.putShort((short) this.requeues);
		putMillis(out, this.dequeuedAt);
		putMillis(out, this.requeuedAt);
		out.put((byte) this.token.length()).put(this.token.getBytes(StandardCharsets.ISO_8859_1));
		return new String(out.array(), StandardCharsets.ISO_8859_1) + id();
	}

	/**
	 * Returns a time in six bytes.
	 */
	static String millis(long millis) {
		ByteBuffer out = ByteBuffer.allocate(6);
		putMillis(out, millis);
		return new String(out.array(), StandardCharsets.ISO_8859_1);
	}

	private static void putMillis(ByteBuffer out, long millis) {
		out.putShort((short) (millis >>> 32)).putInt((int) millis);
	}

	private boolean hasFlag(int flag) {
		return (this.body.charAt(FLAGS_AT) & flag) != 0;
	}

	private int idAt() {
		return OPTIONS_AT + (hasFlag(1) ? 2 : 0) + (hasFlag(2) ? 6 : 0);
	}

	private int shortAt(int at) {
		return (this.body.charAt(at) << 8) | this.body.charAt(at + 1);
	}

}
