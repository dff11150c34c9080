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

import io.arque.samples.benchmark.measure.Sample;

/**
 * {@code Peer} is another queue, measured by a process of its own: a line asks it for a
 * measurement, a line that begins with {@code =} is the answer. What else it writes is
 * shown.
 */
public final class Peer implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofMinutes(10);

	private static final Duration FAREWELL = Duration.ofSeconds(5);

	private final Process process;

	private final BufferedWriter questions;

	private final BufferedReader answers;

	private Peer(Process process) {
		this.process = process;
		this.questions = process.outputWriter(StandardCharsets.UTF_8);
		this.answers = process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Starts a process and waits until it is ready.
	 * @param directory where it runs
	 * @param command what runs
	 * @return the peer
	 * @throws IOException if it does not run
	 */
	public static Peer start(Path directory, List<String> command) throws IOException {
		Peer peer = new Peer(new ProcessBuilder(command).directory(directory.toFile())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start());
		try {
			peer.answer();
			return peer;
		}
		catch (IOException ex) {
			peer.process.destroy();
			throw ex;
		}
	}

	/**
	 * Enqueues tasks, each with a call of its own.
	 * @param callers how many call at once
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double enqueue(int callers, int tasks, int bytes) throws IOException {
		return ask("enqueue", callers, tasks, bytes)[0];
	}

	/**
	 * Enqueues tasks, as many as possible with a call.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double enqueueAll(int tasks, int bytes) throws IOException {
		return ask("enqueue-all", tasks, bytes)[0];
	}

	/**
	 * Works on tasks that are there.
	 * @param concurrency how many at once
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double drain(int concurrency, int tasks, int bytes) throws IOException {
		return ask("drain", concurrency, tasks, bytes)[0];
	}

	/**
	 * Enqueues now and then, for a worker that is idle.
	 * @param name what the figures' names begin with
	 * @param duration how long to enqueue
	 * @param bytes length of the payloads
	 * @return the percentiles
	 * @throws IOException if it failed
	 */
	public List<Sample> latency(String name, Duration duration, int bytes) throws IOException {
		double[] percentiles = ask("latency", duration.toMillis(), bytes);
		return List.of(new Sample(name + ".p50", percentiles[0], "ms"), new Sample(name + ".p99", percentiles[1], "ms"),
				new Sample(name + ".p99.9", percentiles[2], "ms"));
	}

	private double[] ask(String question, long... arguments) throws IOException {
		this.questions.write(question);
		for (long argument : arguments) {
			this.questions.write(" " + argument);
		}
		this.questions.newLine();
		this.questions.flush();
		return Arrays.stream(answer().split(" ")).mapToDouble(Double::parseDouble).toArray();
	}

	private String answer() throws IOException {
		try {
			return CompletableFuture.supplyAsync(this::readAnswer).get(PATIENCE.toMinutes(), TimeUnit.MINUTES);
		}
		catch (ExecutionException | TimeoutException ex) {
			throw new IOException("The process of another queue does not answer", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("Interrupted while another queue was measured", ex);
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
