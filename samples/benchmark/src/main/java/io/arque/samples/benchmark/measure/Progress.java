package io.arque.samples.benchmark.measure;

import java.io.Console;
import java.io.PrintStream;

/**
 * {@code Progress} shows how far the benchmark is: a bar that moves on a terminal, else a
 * line now and then.
 */
public final class Progress {

	private static final int WIDTH = 30;

	private static final int LINES = 10;

	private final PrintStream out;

	private final boolean moving;

	private int steps;

	private int done;

	/**
	 * Creates a progress bar.
	 * @param out where to show it
	 * @param moving whether that is a terminal
	 */
	public Progress(PrintStream out, boolean moving) {
		this.out = out;
		this.moving = moving;
	}

	/**
	 * Returns the progress bar of this process.
	 * @return a bar on standard error, so that standard output has the results only
	 */
	public static Progress onConsole() {
		return new Progress(System.err, isTerminal());
	}

	void start(int steps) {
		this.steps = steps;
		this.done = 0;
	}

	void step(String what) {
		if (this.moving) {
			this.out.print("\r\033[K" + bar() + " " + what);
			this.out.flush();
		}
		else if (this.done * LINES / this.steps != (this.done - 1) * LINES / this.steps || this.done == 0) {
			this.out.println(bar() + " " + what);
		}
		this.done++;
	}

	void end() {
		this.out.println((this.moving ? "\r\033[K" : "") + bar());
	}

	private String bar() {
		int filled = (this.steps == 0) ? WIDTH : this.done * WIDTH / this.steps;
		int percent = (this.steps == 0) ? 100 : this.done * 100 / this.steps;
		return "[" + "#".repeat(filled) + ".".repeat(WIDTH - filled) + "] " + "%3d%%".formatted(percent);
	}

	/** Since Java 22 there is a console also where there is no terminal. */
	private static boolean isTerminal() {
		Console console = System.console();
		if (console == null) {
			return false;
		}
		try {
			return (boolean) Console.class.getMethod("isTerminal").invoke(console);
		}
		catch (ReflectiveOperationException ex) {
			return true;
		}
	}

}
