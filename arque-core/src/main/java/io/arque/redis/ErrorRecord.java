package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import io.arque.TaskError;

/**
 * {@code ErrorRecord} packs why a task failed: the character 1, then type, message and
 * stack trace, each followed by a zero byte; 8 kB at the most, the rest of the stack
 * trace is cut. {@code include/take.lua} writes such records too.
 */
final class ErrorRecord {

	private static final char VERSION = '1';

	private static final int MAX_BYTES = 8 * 1024;

	private static final int MAX_TYPE = 256;

	private static final int MAX_MESSAGE = 2 * 1024;

	private ErrorRecord() {
	}

	static byte[] write(TaskError error) {
		String text = VERSION + part(error.type(), MAX_TYPE) + part(error.message(), MAX_MESSAGE)
				+ error.stackTrace().replace('\0', ' ');
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		if (bytes.length < MAX_BYTES) {
			return Arrays.copyOf(bytes, bytes.length + 1); // ends in a zero byte
		}
		byte[] cut = Arrays.copyOf(bytes, MAX_BYTES);
		int end = MAX_BYTES - 1;
		while (end > 0 && (bytes[end] & 0xC0) == 0x80) {
			end--; // not within a character
		}
		Arrays.fill(cut, end, MAX_BYTES, (byte) 0);
		return cut;
	}

	static TaskError read(byte[] bytes) {
		String text = new String(bytes, StandardCharsets.UTF_8);
		if (!text.isEmpty() && text.charAt(0) != VERSION) {
			return new TaskError("",
					"The error's record has version " + text.charAt(0) + ", which this version of Arque cannot read",
					"");
		}
		String[] parts = text.isEmpty() ? new String[0] : text.substring(1).split("\0", -1);
		return new TaskError(at(parts, 0), at(parts, 1), at(parts, 2));
	}

	private static String at(String[] parts, int index) {
		return (index < parts.length) ? parts[index] : "";
	}

	private static String part(String text, int max) {
		int end = Math.min(text.length(), max);
		if (end > 0 && end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
			end--;
		}
		return text.substring(0, end).replace('\0', ' ') + '\0';
	}

}
