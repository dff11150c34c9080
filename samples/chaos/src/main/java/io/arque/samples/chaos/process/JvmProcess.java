package io.arque.samples.chaos.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code JvmProcess} is a JVM of its own, seen from the bench that starts and ends it.
 */
public final class JvmProcess {

	private final String name;

	private final Path record;

	private final Process process;

	private volatile boolean frozen;

	private JvmProcess(String name, Path record, Process process) {
		this.name = name;
		this.record = record;
		this.process = process;
	}

	/**
	 * Starts a process with the class path of this one.
	 * @param main its main class
	 * @param name its name
	 * @param record where it writes its record
	 * @param properties of the application
	 * @param environment variables beside those of this process
	 * @return the process, which has just begun to start
	 * @throws IOException if it cannot be started
	 */
	public static JvmProcess start(Class<?> main, String name, Path record, Map<String, String> properties,
			Map<String, String> environment) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m",
						"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"),
						main.getName(), "--chaos.name=" + name, "--chaos.record=" + record));
		properties.forEach((key, value) -> command.add("--" + key + "=" + value));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(record.resolveSibling(name + ".log").toFile());
		builder.environment().putAll(environment);
		return new JvmProcess(name, record, builder.start());
	}

	public String name() {
		return this.name;
	}

	public Path record() {
		return this.record;
	}

	/** Whether it has written something down already, and can do more. */
	public boolean isAtWork() {
		try {
			return !this.frozen && isAlive() && Files.exists(this.record) && Files.size(this.record) > 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	public boolean isAlive() {
		return this.process.isAlive();
	}

	/** Whether it has ended and said that this was too early. */
	public boolean hasFailed() {
		return !isAlive() && this.process.exitValue() != 0;
	}

	/** Whether it had to end itself, see {@link Parent#halt}. */
	boolean hasHalted() {
		return !isAlive() && this.process.exitValue() == Parent.HALTED;
	}

	/** Ends it as {@code kill -9} does. */
	public void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

	/**
	 * Asks it to stop.
	 * @param patience how long it may take; then it is killed
	 * @return whether it stopped
	 * @throws InterruptedException if interrupted
	 */
	public boolean terminate(Duration patience) throws InterruptedException {
		this.process.destroy();
		if (this.process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
			return true;
		}
		kill();
		return false;
	}

	/** Stops it where it is, as {@code kill -STOP} does. */
	public void freeze() throws IOException, InterruptedException {
		this.frozen = true;
		signal("-STOP");
	}

	/** Lets it go on. */
	public void thaw() throws IOException, InterruptedException {
		signal("-CONT");
		this.frozen = false;
	}

	/** Asks it to measure itself and to write that down. */
	public void measure() throws IOException {
		if (isAtWork()) {
			try {
				this.process.getOutputStream().write('\n');
				this.process.getOutputStream().flush();
			}
			catch (IOException ex) {
				if (this.process.isAlive()) {
					throw ex;
				}
			}
		}
	}

	private void signal(String signal) throws IOException, InterruptedException {
		if (new ProcessBuilder("kill", signal, "" + this.process.pid()).inheritIO().start().waitFor() != 0) {
			throw new IOException("kill " + signal + " failed on " + this.name);
		}
	}

	@Override
	public String toString() {
		return this.name;
	}

}
