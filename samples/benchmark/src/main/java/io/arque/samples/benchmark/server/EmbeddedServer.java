package io.arque.samples.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import redis.embedded.core.ExecutableProvider;

import org.springframework.util.FileSystemUtils;

/**
 * {@code EmbeddedServer} is a real Redis server on a free port of 127.0.0.1, which keeps
 * everything in memory. It is a process of its own; only a {@code kill -9} of the
 * benchmark leaves it behind.
 */
final class EmbeddedServer implements AutoCloseable {

	private static final String HOST = "127.0.0.1";

	/** A node of a Cluster listens on a second port, so much higher. */
	private static final int BUS_OFFSET = 10_000;

	private final int port;

	private final Path directory;

	private final Process process;

	/**
	 * Starts one.
	 * @param settings further settings, each as name and value
	 */
	EmbeddedServer(String... settings) throws IOException, InterruptedException {
		if (System.getProperty("os.name").startsWith("Windows")) {
			throw new IOException("The embedded Redis is too old on Windows");
		}
		this.port = freePort();
		this.directory = Files.createTempDirectory("arque-benchmark-");
		try {
			String executable = ExecutableProvider.newJarResourceProvider(this.directory.toFile()).get().getPath();
			Path log = this.directory.resolve("redis.log");
			List<String> command = new ArrayList<>(List.of(executable, "--bind", HOST, "--port", "" + this.port, //
					"--save", "", "--dir", this.directory.toString()));
			command.addAll(List.of(settings));
			this.process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
			awaitReady(log);
		}
		catch (IOException ex) {
			FileSystemUtils.deleteRecursively(this.directory);
			throw new IOException("The embedded Redis does not start (" + ex.getMessage()
					+ "); on Linux it needs glibc and OpenSSL 3", ex);
		}
	}

	String url() {
		return "redis://" + HOST + ":" + this.port;
	}

	private void awaitReady(Path log) throws IOException, InterruptedException {
		for (int tries = 0; !Files.readString(log).contains("Ready to accept connections"); tries++) {
			if (tries == 3000 || !this.process.isAlive()) {
				this.process.destroy();
				throw new IOException("it does not listen");
			}
			Thread.sleep(10);
		}
	}

	/** So low that there is a second port, which is free too. */
	private static int freePort() throws IOException {
		IOException failure = new IOException("no free port");
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

	@Override
	public void close() throws IOException, InterruptedException {
		this.process.destroy();
		this.process.waitFor();
		FileSystemUtils.deleteRecursively(this.directory);
	}

}
