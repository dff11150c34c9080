package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;

/**
 * {@code RedisProcess} is a Redis server that was started here, or a Sentinel, on a port
 * of 127.0.0.1 and with a directory of its own. It can be killed and started again, on
 * the same port and with the data that it had written.
 */
final class RedisProcess extends Node implements AutoCloseable {

	/** A node of a Cluster listens on a second port, so much higher. */
	private static final int BUS_OFFSET = 10_000;

	/** It may have much to read again. */
	private static final Duration START = Duration.ofMinutes(10);

	private final RedisProgram program;

	private final Path directory;

	private final List<String> arguments;

	private @Nullable Process process;

	private RedisProcess(RedisProgram program, int port, Path directory, List<String> arguments) {
		super(HOST, port);
		this.program = program;
		this.directory = directory;
		this.arguments = arguments;
	}

	/**
	 * Starts a server.
	 * @param program what it is started from
	 * @param parent where its directory is made
	 * @param settings its settings, each as name and value
	 */
	static RedisProcess server(RedisProgram program, Path parent, String... settings)
			throws IOException, InterruptedException {
		int port = freePort();
		Path directory = Files.createDirectories(parent.resolve("redis-" + port));
		List<String> arguments = new ArrayList<>(List.of("--bind", HOST, "--port", "" + port, "--save", "", "--dir",
				directory.toString(), "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"));
		arguments.addAll(program.settings());
		arguments.addAll(List.of(settings));
		RedisProcess server = new RedisProcess(program, port, directory, arguments);
		server.start();
		return server;
	}

	/**
	 * Starts a Sentinel.
	 * @param program what it is started from
	 * @param parent where its directory is made
	 * @param lines its configuration, without the port
	 */
	static RedisProcess sentinel(RedisProgram program, Path parent, String lines)
			throws IOException, InterruptedException {
		int port = freePort();
		Path directory = Files.createDirectories(parent.resolve("sentinel-" + port));
		Path configuration = directory.resolve("sentinel.conf");
		Files.writeString(configuration, "bind " + HOST + "\nport " + port + "\n" + lines);
		RedisProcess sentinel = new RedisProcess(program, port, directory,
				List.of(configuration.toString(), "--sentinel"));
		sentinel.start();
		return sentinel;
	}

	/**
	 * Starts it again, and returns when it answers.
	 */
	void start() throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of(this.program.path()));
		command.addAll(this.arguments);
		this.process = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.appendTo(this.directory.resolve("redis.log").toFile()))
			.start();
		await(START, "Redis on port " + port() + " does not answer", () -> {
			if (!isRunning()) {
				throw new IOException(this.program.path() + " does not start, see " + this.directory + "/redis.log"
						+ this.program.advice());
			}
			return "PONG".equals(ask((commands) -> commands.ping()));
		});
	}

	/**
	 * Ends it as {@code kill -9} does.
	 */
	void kill() throws InterruptedException {
		Process current = this.process;
		if (current != null) {
			current.destroyForcibly().waitFor();
		}
	}

	boolean isRunning() {
		Process current = this.process;
		return current != null && current.isAlive();
	}

	@Override
	public void close() {
		Process current = this.process;
		if (current != null) {
			current.destroyForcibly();
		}
	}

	/**
	 * Below the ports that systems give out: a client's connection could take one of
	 * those while its server is down, and the server would not start again.
	 */
	private static int freePort() throws IOException {
		IOException failure = new IOException("No free port");
		for (int tries = 0; tries < 20; tries++) {
			int port = ThreadLocalRandom.current().nextInt(11_000, 22_000);
			try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
					ServerSocket bus = new ServerSocket(port + BUS_OFFSET, 1, InetAddress.getLoopbackAddress())) {
				return socket.getLocalPort();
			}
			catch (IOException ex) {
				failure = ex;
			}
		}
		throw failure;
	}

	/**
	 * Waits for a condition; what it throws counts as not yet.
	 */
	static void await(Duration patience, String failure, Condition condition) throws IOException, InterruptedException {
		long end = System.nanoTime() + patience.toNanos();
		Exception last = null;
		while (System.nanoTime() - end < 0) {
			try {
				if (condition.holds()) {
					return;
				}
			}
			catch (IOException | UncheckedIOException ex) {
				throw ex;
			}
			catch (RuntimeException ex) { // not there yet
				last = ex;
			}
			Thread.sleep(50);
		}
		throw new IOException(failure, last);
	}

	/**
	 * Something to wait for.
	 */
	interface Condition {

		boolean holds() throws IOException, InterruptedException;

	}

}
