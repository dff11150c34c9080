package io.arque.samples.chaos.redis;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import redis.embedded.core.ExecutableProvider;

/**
 * {@code RedisProgram} is what servers are started from: the one that is embedded, or
 * another one that is there.
 */
public final class RedisProgram {

	private final File file;

	private final boolean embedded;

	private final List<String> settings;

	private RedisProgram(File file, boolean embedded, List<String> settings) {
		this.file = file;
		this.embedded = embedded;
		this.settings = settings;
	}

	/**
	 * Unpacks the embedded one.
	 * @return the program, gone when this process ends
	 * @throws IOException if there is none for this system
	 */
	public static RedisProgram embedded() throws IOException {
		if (System.getProperty("os.name").startsWith("Windows")) {
			throw new IOException("The embedded Redis for Windows is too old. Another one: --redis=redis://host:port");
		}
		Path directory = Files.createTempDirectory("arque-chaos-");
		File file = ExecutableProvider.newJarResourceProvider(directory.toFile()).get();
		directory.toFile().deleteOnExit();
		file.deleteOnExit();
		return new RedisProgram(file, true, List.of());
	}

	/**
	 * Uses one that is there. Redis allows {@code DEBUG} from version 7 on only where it
	 * is told to.
	 * @param path where it is
	 * @return the program
	 * @throws IOException if it cannot be run
	 * @throws InterruptedException if interrupted
	 */
	public static RedisProgram at(Path path) throws IOException, InterruptedException {
		Process process = new ProcessBuilder(path.toString(), "--version").redirectErrorStream(true).start();
		String version = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (process.waitFor() != 0 || !version.contains(" v=")) {
			throw new IOException(path + " is no Redis server: --version tells '" + version.strip() + "'");
		}
		return new RedisProgram(path.toFile(), false,
				version.contains(" v=6.") ? List.of() : List.of("--enable-debug-command", "yes"));
	}

	String path() {
		return this.file.getPath();
	}

	/**
	 * Returns what each server is to be told.
	 * @return settings, each as name and value
	 */
	List<String> settings() {
		return this.settings;
	}

	/**
	 * Tells where it comes from.
	 * @return what a report says of it
	 */
	String origin() {
		return this.embedded ? "embedded" : "started here";
	}

	/**
	 * Tells what to do if it does not start.
	 * @return the end of a sentence
	 */
	String advice() {
		return this.embedded ? "; on Linux it needs glibc and OpenSSL 3. Another one: --program=/path/to/redis-server"
				: "";
	}

}
