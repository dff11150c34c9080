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
	 * Installs it.
	 * @return why it cannot run, empty if it can
	 * @throws IOException if its files cannot be written
	 * @throws InterruptedException if interrupted
	 */
	public static String install() throws IOException, InterruptedException {
		if (!Files.isDirectory(SOURCES)) {
			return "there is no directory " + SOURCES.toAbsolutePath();
		}
		Files.createDirectories(INSTALLED);
		for (String file : FILES) {
			Files.copy(SOURCES.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
		}
		if (!runs("node", "--version")) {
			return "Node.js is not installed";
		}
		if (!Files.isDirectory(INSTALLED.resolve("node_modules")) && !runs("npm", "ci", "--no-audit", "--no-fund")) {
			return "npm ci failed in " + INSTALLED.toAbsolutePath();
		}
		return "";
	}

	/**
	 * Starts it, once it is installed.
	 * @param server the server
	 * @param prefix what all keys begin with
	 * @return the running process
	 * @throws IOException if it does not run
	 */
	public static Peer start(RedisServer server, String prefix) throws IOException {
		return new Peer(LineProcess.start(INSTALLED,
				List.of("node", "peer.js", server.host(), "" + server.port(), prefix + "-bullmq")));
	}

	private static boolean runs(String... command) throws InterruptedException {
		try {
			return new ProcessBuilder(command).directory(INSTALLED.toFile())
				.redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor() == 0;
		}
		catch (IOException ex) { // there is no such program
			return false;
		}
	}

}
