package io.arque.test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream of RESP (2 or 3) into its frames.
 */
final class RespFrames {

	private byte[] rest = {};

	/**
	 * Returns the frames that are complete with these bytes.
	 */
	List<byte[]> add(byte[] bytes, int length) {
		ByteArrayOutputStream all = new ByteArrayOutputStream();
		all.writeBytes(this.rest);
		all.write(bytes, 0, length);
		byte[] buffer = all.toByteArray();
		List<byte[]> frames = new ArrayList<>();
		int from = 0;
		for (int end = end(buffer, 0); end >= 0; end = end(buffer, from)) {
			frames.add(part(buffer, from, end));
			from = end;
		}
		this.rest = part(buffer, from, buffer.length);
		return frames;
	}

	/**
	 * Whether a frame is a published message that has a text.
	 */
	static boolean isMessage(byte[] frame) {
		String text = new String(frame, StandardCharsets.ISO_8859_1);
		return text.startsWith("3\r\n$7\r\nmessage\r\n", 1) && !text.endsWith("$0\r\n\r\n");
	}

	private static int end(byte[] buffer, int from) {
		int line = from;
		while (line + 1 < buffer.length && (buffer[line] != '\r' || buffer[line + 1] != '\n')) {
			line++;
		}
		int next = line + 2;
		if (next > buffer.length || from >= buffer.length) {
			return -1;
		}
		String head = new String(buffer, from + 1, line - from - 1, StandardCharsets.ISO_8859_1);
		return switch (buffer[from]) {
			case '$', '=', '!' -> {
				int length = Integer.parseInt(head);
				int end = (length < 0) ? next : next + length + 2;
				yield (end <= buffer.length) ? end : -1;
			}
			case '*', '>', '~' -> end(buffer, next, Integer.parseInt(head));
			case '%', '|' -> end(buffer, next, 2 * Integer.parseInt(head));
			default -> next;
		};
	}

	private static int end(byte[] buffer, int from, int elements) {
		int end = from;
		for (int i = 0; i < elements && end >= 0; i++) {
			end = end(buffer, end);
		}
		return end;
	}

	private static byte[] part(byte[] buffer, int from, int to) {
		byte[] part = new byte[to - from];
		System.arraycopy(buffer, from, part, 0, part.length);
		return part;
	}

}
