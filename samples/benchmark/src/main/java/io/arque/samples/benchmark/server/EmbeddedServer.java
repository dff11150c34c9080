package io.arque.samples.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;

import redis.embedded.core.ExecutableProvider;

import org.springframework.util.FileSystemUtils;

/**
 * {@code EmbeddedServer} is a real Redis server on a free port of 127.0.0.1, which keeps
 * everything in memory. It is a process of its own; only a {@code kill -9} of the
 * benchmark leaves it behind.
 */
final class EmbeddedServer implements AutoCloseable {

	private static final String HOST = "127.0.0.1";

	private final int port;

	private final Path directory;

	private final Process process;

	EmbeddedServer() throws IOException, InterruptedException {
		if (System.getProperty("os.name").startsWith("Windows")) {
			throw unavailable("is too old on Windows");
		}
		this.port = freePort();
		this.directory = Files.createTempDirectory("arque-benchmark-");
		try {
			String executable = ExecutableProvider.newJarResourceProvider(this.directory.toFile()).get().getPath();
			Path log = this.directory.resolve("redis.log");
			this.process = new ProcessBuilder(executable, "--bind", HOST, "--port", "" + this.port, //
					"--save", "", "--dir", this.directory.toString())
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			awaitReady(log);
		}
		catch (IOException ex) {
			FileSystemUtils.deleteRecursively(this.directory);
			throw unavailable("does not start (" + ex.getMessage() + "); on Linux it needs glibc and OpenSSL 3");
		}
	}

	String url() {
		return "redis://" + HOST + ":" + this.port;
	}

	private void awaitReady(Path log) throws IOException, InterruptedException {
		for (int tries = 0; !Files.readString(log).contains("Ready to accept connections"); tries++) {
			if (tries == 500 || !this.process.isAlive()) {
				this.process.destroy();
				throw new IOException("it does not listen");
			}
			Thread.sleep(10);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private static IOException unavailable(String why) {
		return new IOException("The embedded Redis " + why
				+ ". Give another, of version 6.2 or newer: --redis=redis://localhost:6379");
	}

	@Override
	public void close() throws IOException, InterruptedException {
		this.process.destroy();
		this.process.waitFor();
		FileSystemUtils.deleteRecursively(this.directory);
	}

}
