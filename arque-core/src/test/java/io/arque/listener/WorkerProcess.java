package io.arque.listener;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.arque.QueueSettings;
import io.arque.test.RedisServers;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code WorkerProcess} is a JVM of its own that works on one queue. What it started and
 * finished is read from its output, so that it is known outside of Redis.
 */
final class WorkerProcess implements AutoCloseable {

	static final Duration LEASE = Duration.ofSeconds(3);

	private static final PrintStream OUTPUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true,
			StandardCharsets.UTF_8);

	/** So long that a kill comes in the middle of some task. */
	private static final long WORK_NANOS = Duration.ofMillis(250).toNanos();

	private final Process process;

	private final Thread reader = new Thread(this::read, "worker-output");

	private final Set<String> started = ConcurrentHashMap.newKeySet();

	private final Set<String> finished = ConcurrentHashMap.newKeySet();

	private WorkerProcess(Process process) {
		this.process = process;
		this.reader.setDaemon(true);
		this.reader.start();
	}

	static WorkerProcess start(String queue) throws IOException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		List<String> command = new ArrayList<>(List.of(java, "-cp", System.getProperty("java.class.path")));
		command.addAll(RedisServers.optionsOfOtherJvms());
		command.addAll(List.of(WorkerProcess.class.getName(), queue));
		return new WorkerProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
	}

	/** The worker's own main method. */
	public static void main(String[] args) {
		RedisConnectionFactory connections = RedisServers.newConnectionFactory();
		QueueSettings settings = new QueueSettings(100, LEASE, Duration.ofSeconds(60), QueueSettings.Retry.DEFAULTS,
				QueueSettings.DeadLetter.DEFAULTS);
		TestApplication application = new TestApplication(connections, settings);
		application.listen(args[0], (task, acknowledgement) -> {
			tell("started " + task.id());
			LockSupport.parkNanos(WORK_NANOS);
			tell("finished " + task.id());
		});
	}

	private static synchronized void tell(String line) {
		OUTPUT.println(line);
	}

	Set<String> started() {
		return this.started;
	}

	Set<String> finished() {
		return this.finished;
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	/**
	 * Ends the process as {@code kill -9} does, and returns when all is read that it had
	 * told.
	 */
	void kill() throws InterruptedException {
		this.process.destroyForcibly();
		if (!this.process.waitFor(10, TimeUnit.SECONDS)) {
			throw new IllegalStateException("The worker did not die");
		}
		this.reader.join(Duration.ofSeconds(20).toMillis());
	}

	@Override
	public void close() throws InterruptedException {
		kill();
	}

	private void read() {
		try (BufferedReader lines = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				if (line.startsWith("started ")) {
					this.started.add(line.substring("started ".length()));
				}
				if (line.startsWith("finished ")) {
					this.finished.add(line.substring("finished ".length()));
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
