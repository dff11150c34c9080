package io.arque.listener;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.test.RedisServers;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code StoppedProcess} is a JVM that works on one queue until it gets {@code SIGTERM},
 * and tells what it finished and how long its containers took to stop. Its leases are
 * long, so that what it leaves to them stays.
 */
final class StoppedProcess implements AutoCloseable {

	static final Duration SHUTDOWN_TIMEOUT = Duration.ofMillis(500);

	private static final PrintStream OUTPUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true,
			StandardCharsets.UTF_8);

	private final Process process;

	private final BufferedReader lines;

	private final Set<String> finished = new HashSet<>();

	private Duration stopTook = Duration.ZERO;

	StoppedProcess(String queue) throws IOException {
		String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
		List<String> command = new ArrayList<>(
				List.of(java, "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
		command.addAll(RedisServers.optionsOfOtherJvms());
		command.addAll(List.of(StoppedProcess.class.getName(), queue));
		this.process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
		this.lines = this.process.inputReader(StandardCharsets.UTF_8);
	}

	/** The worker's own main method. */
	public static void main(String[] args) {
		RedisConnectionFactory connections = RedisServers.newConnectionFactory();
		QueueSettings settings = new QueueSettings(100, Duration.ofMinutes(10), Duration.ofMinutes(10),
				QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);
		TestApplication application = new TestApplication(connections, settings,
				new ContainerSettings(10, AckMode.AUTO, true, SHUTDOWN_TIMEOUT, false), ArqueMetrics.NONE);
		Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(application)));
		application.listen(args[0], (task, acknowledgement) -> {
			// the work, now and then longer than shutdown-timeout
			TimeUnit.MILLISECONDS
				.sleep(ThreadLocalRandom.current().nextInt(ThreadLocalRandom.current().nextInt(20) == 0 ? 2000 : 20));
			tell("finished " + task.id());
		});
	}

	private static void stop(TestApplication application) {
		long start = System.nanoTime();
		application.stopListeners();
		tell("stopped " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
		application.close();
	}

	private static synchronized void tell(String line) {
		OUTPUT.println(line);
	}

	/**
	 * Reads until so many tasks were finished.
	 */
	void awaitFinished(int tasks) throws IOException {
		while (this.finished.size() < tasks && read()) {
			// reads on
		}
	}

	/**
	 * Sends {@code SIGTERM} and reads what is told until the process has ended.
	 */
	void terminate() throws IOException, InterruptedException {
		this.process.toHandle().destroy(); // destroy() of the process would close its
											// output
		while (read()) {
			// reads on
		}
		this.process.waitFor();
	}

	private boolean read() throws IOException {
		String line = this.lines.readLine();
		if (line != null && line.startsWith("finished ")) {
			this.finished.add(line.substring("finished ".length()));
		}
		if (line != null && line.startsWith("stopped ")) {
			this.stopTook = Duration.ofMillis(Long.parseLong(line.substring("stopped ".length())));
		}
		return line != null;
	}

	Set<String> finished() {
		return this.finished;
	}

	/**
	 * Returns how long the containers took to stop.
	 */
	Duration stopTook() {
		return this.stopTook;
	}

	@Override
	public void close() {
		this.process.destroyForcibly();
	}

}
