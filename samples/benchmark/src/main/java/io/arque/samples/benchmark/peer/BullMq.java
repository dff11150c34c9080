package io.arque.samples.benchmark.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code BullMq} runs BullMQ, where Node.js is. What it needs is installed below
 * {@code target}, the first time.
 */
public final class BullMq {

	private static final Path SOURCES = Path.of("bullmq");

	private static final Path INSTALLED = Path.of("target", "bullmq");

	private static final List<String> FILES = List.of("package.json", "package-lock.json", "peer.js");

	private BullMq() {
	}

	/**
	 * Whether it can run.
	 * @return why it cannot, or nothing
	 * @throws InterruptedException if interrupted
	 */
	public static String missing() throws InterruptedException {
		if (!Files.isDirectory(SOURCES)) {
			return "there is no directory " + SOURCES.toAbsolutePath();
		}
		try {
			return (exitCode(Path.of("."), "node", "--version") == 0 && exitCode(Path.of("."), "npm", "--version") == 0)
					? "" : "Node.js does not run";
		}
		catch (IOException ex) {
			return "Node.js is not installed";
		}
	}

	/**
	 * Starts it.
	 * @param server the server
	 * @param prefix what all keys begin with
	 * @return the running process
	 * @throws IOException if it cannot be installed, or does not run
	 * @throws InterruptedException if interrupted
	 */
	public static Peer start(RedisServer server, String prefix) throws IOException, InterruptedException {
		Files.createDirectories(INSTALLED);
		for (String file : FILES) {
			Files.copy(SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
		}
		if (!Files.isDirectory(INSTALLED.resolve("node_modules"))
				&& exitCode(INSTALLED, "npm", "ci", "--no-audit", "--no-fund") != 0) {
			throw new IOException("npm ci failed in " + INSTALLED.toAbsolutePath());
		}
		return new Peer(LineProcess.start(INSTALLED,
				List.of("node", "peer.js", server.host(), "" + server.port(), prefix + "-bullmq")));
	}

	private static int exitCode(Path directory, String... command) throws IOException, InterruptedException {
		return new ProcessBuilder(command).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start()
			.waitFor();
	}

}
