package io.arque.samples.quickstart;

import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

import org.springframework.boot.ansi.AnsiColor;
import org.springframework.boot.ansi.AnsiOutput;
import org.springframework.boot.ansi.AnsiStyle;

/**
 * {@code Console} prints a line an event, in colour where the terminal has it.
 */
final class Console {

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

	private Console() {
	}

	static void tell(String event, Object text) {
		System.out.println(start(AnsiColor.DEFAULT, event) + text);
	}

	static void tell(AnsiColor color, String event, String task, String text) {
		System.out.println(start(color, event) + "%-10s".formatted(task) + text);
	}

	private static String start(AnsiColor color, String event) {
		return AnsiOutput.toString(AnsiStyle.FAINT, LocalTime.now(ZoneId.systemDefault()).format(TIME),
				AnsiStyle.NORMAL, color, "  %-10s".formatted(event), AnsiColor.DEFAULT);
	}

}
