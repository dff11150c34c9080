package io.arque.samples.benchmark.peer;

import java.io.IOException;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code Rqueue} runs Rqueue on the Spring Boot that it needs, as its module was built.
 */
public final class Rqueue {

	private static final Path BUILT = Path.of("rqueue", "target");

	private static final String MAIN = "io.arque.samples.benchmark.rqueue.RqueueProcess";

	private Rqueue() {
	}

	/**
	 * Whether it can run.
	 * @return why it cannot, or nothing
	 */
	public static String missing() {
		return Files.exists(BUILT.resolve("class-path.txt")) ? "" : "it is not built in " + BUILT.toAbsolutePath();
	}

	/**
	 * Starts it.
	 * @param server the server
	 * @param prefix what all keys begin with
	 * @param setting how it works
	 * @return the running process
	 * @throws IOException if it does not run
	 */
	public static Peer start(RedisServer server, String prefix, Setting setting) throws IOException {
		String libraries = Files.readString(BUILT.resolve("class-path.txt")).strip();
		return new Peer(LineProcess.start(Path.of("."),
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
						BUILT.resolve("classes") + File.pathSeparator + libraries, MAIN, server.url(),
						prefix + "-rqueue-" + setting.pollingIntervalMillis, "" + setting.pollingIntervalMillis,
						"" + setting.concurrency, "" + setting.batchSize)));
	}

	/**
	 * How it works.
	 *
	 * @param pollingIntervalMillis time between two polls of a queue
	 * @param concurrency how many threads handle
	 * @param batchSize how many messages a poll brings at the most
	 */
	public record Setting(long pollingIntervalMillis, int concurrency, int batchSize) {

		/**
		 * What the documentation says, with concurrency 10: polling five times a second.
		 */
		public static final Setting DOCUMENTED = new Setting(200, 10, 10);

		/** The fastest that was found. */
		public static final Setting BEST = new Setting(1, 50, 50);

	}

}
