package io.arque.samples.benchmark.peer;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code LineProcess} is a process that answers questions: a line asks, a line that
 * begins with {@code =} answers with numbers. What else it writes is shown.
 */
public final class LineProcess implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofMinutes(10);

	private static final Duration FAREWELL = Duration.ofSeconds(5);

	private final Process process;

	private final BufferedWriter questions;

	private final BufferedReader answers;

	private LineProcess(Process process) {
		this.process = process;
		this.questions = process.outputWriter(StandardCharsets.UTF_8);
		this.answers = process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Starts a process and waits for a first answer, which says that it is ready.
	 * @param directory where it runs
	 * @param command what runs
	 * @return the process
	 * @throws IOException if it does not run
	 */
	public static LineProcess start(Path directory, List<String> command) throws IOException {
		LineProcess process = new LineProcess(new ProcessBuilder(command).directory(directory.toFile())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start());
		try {
			process.answer();
			return process;
		}
		catch (IOException ex) {
			process.process.destroy();
			throw ex;
		}
	}

	/**
	 * Asks.
	 * @param question what to do
	 * @param arguments how much of it
	 * @return the answer
	 * @throws IOException if there is none
	 */
	public double[] ask(String question, long... arguments) throws IOException {
		this.questions.write(question);
		for (long argument : arguments) {
			this.questions.write(" " + argument);
		}
		this.questions.newLine();
		this.questions.flush();
		return answer();
	}

	/**
	 * Suspends the process.
	 * @throws IOException if it cannot be
	 */
	void suspend() throws IOException {
		signal("STOP");
	}

	/**
	 * Lets the process go on, if it was suspended.
	 * @throws IOException if it cannot
	 */
	void resume() throws IOException {
		signal("CONT");
	}

	private void signal(String name) throws IOException {
		try {
			Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(this.process.pid())).inheritIO()
				.start();
			if (kill.waitFor() != 0) {
				throw new IOException("A process of another queue cannot be sent SIG" + name);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while another process measured", ex);
		}
	}

	private double[] answer() throws IOException {
		try {
			String answer = CompletableFuture.supplyAsync(this::readAnswer).get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
			return Arrays.stream(answer.split(" ")).mapToDouble(Double::parseDouble).toArray();
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IOException("A process of another queue does not answer", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while another process measured", ex);
		}
	}

	private String readAnswer() {
		try {
			for (String line = this.answers.readLine(); line != null; line = this.answers.readLine()) {
				if (line.startsWith("= ")) {
					return line.substring(2);
				}
				System.err.println(line);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		throw new IllegalStateException("It has ended");
	}

	@Override
	public void close() throws InterruptedException {
		this.process.destroy();
		if (!this.process.waitFor(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
			this.process.destroyForcibly().waitFor();
		}
	}

}
