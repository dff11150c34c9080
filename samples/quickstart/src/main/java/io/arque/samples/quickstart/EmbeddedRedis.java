package io.arque.samples.quickstart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import redis.embedded.core.ExecutableProvider;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * {@code EmbeddedRedis} is a Redis server for whoever gives none: a real one, on a free
 * port of 127.0.0.1, that keeps everything in memory and ends with the application.
 * Spring Boot takes its address from this bean instead of {@code spring.data.redis.*}, so
 * that it starts before the first connection and stops after the last.
 * <p>
 * The server is a daemon: Ctrl-C reaches all processes of a terminal, and would stop it
 * while work is still handed back. Only a {@code kill -9} of the application leaves it
 * behind.
 */
@Component
@Conditional(EmbeddedRedis.IfNoneIsGiven.class)
class EmbeddedRedis implements DataRedisConnectionDetails, DisposableBean {

	private static final String HOST = "127.0.0.1";

	private final int port;

	private final Path directory;

	/** The server writes it when it listens and deletes it when it has stopped. */
	private final Path pidFile;

	EmbeddedRedis() throws IOException, InterruptedException {
		if (System.getProperty("os.name").startsWith("Windows")) {
			throw unavailable("is too old on Windows");
		}
		this.port = freePort();
		this.directory = Files.createTempDirectory("arque-quickstart-");
		this.pidFile = this.directory.resolve("redis.pid");
		try {
			start();
		}
		catch (IOException ex) {
			FileSystemUtils.deleteRecursively(this.directory);
			throw unavailable("does not start (" + ex.getMessage() + "); on Linux it needs glibc and OpenSSL 3");
		}
	}

	private void start() throws IOException, InterruptedException {
		String executable = ExecutableProvider.newJarResourceProvider(this.directory.toFile()).get().getPath();
		ProcessBuilder server = new ProcessBuilder(executable, "--bind", HOST, "--port", "" + this.port, //
				"--save", "", "--daemonize", "yes", "--pidfile", this.pidFile.toString(), //
				"--dir", this.directory.toString(), "--logfile", "redis.log");
		int exitCode = server.inheritIO().start().waitFor();
		if (exitCode != 0) {
			throw new IOException("exit code " + exitCode);
		}
		awaitPidFile(true);
	}

	@Override
	public void destroy() throws IOException, InterruptedException {
		if (Files.exists(this.pidFile)) {
			long pid = Long.parseLong(Files.readString(this.pidFile).trim());
			if (ProcessHandle.of(pid).filter(ProcessHandle::destroy).isPresent()) {
				awaitPidFile(false);
			}
		}
		FileSystemUtils.deleteRecursively(this.directory);
	}

	private void awaitPidFile(boolean expected) throws IOException, InterruptedException {
		for (int tries = 0; Files.exists(this.pidFile) != expected; tries++) {
			if (tries == 3000) {
				throw new IOException(expected ? "it does not listen" : "it does not stop");
			}
			Thread.sleep(10);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private static RuntimeException unavailable(String why) {
		return new InvalidConfigurationPropertyValueException("spring.data.redis.url", "", "The embedded Redis " + why
				+ ". Give another, of version 6.2 or newer: --spring.data.redis.url=redis://localhost:6379");
	}

	@Override
	public Standalone getStandalone() {
		return Standalone.of(HOST, this.port);
	}

	@Override
	public String toString() {
		return "embedded, on %s:%d, in memory only; a second instance joins with --spring.data.redis.port=%d"
			.formatted(HOST, this.port, this.port);
	}

	/**
	 * Matches if no property says where Redis is.
	 */
	static final class IfNoneIsGiven implements Condition {

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			return Stream.of("url", "host", "port", "sentinel.master", "cluster.nodes", "cluster.nodes[0]")
				.map("spring.data.redis."::concat)
				.noneMatch(context.getEnvironment()::containsProperty);
		}

	}

}
