package io.arque.autoconfigure;

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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.TaskState;
import io.arque.annotation.ArqueListener;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A worker with {@code spring.main.web-application-type=none}, as a process of its own:
 * it lives as long as its listeners run, and ends when it is told to.
 */
class WorkerWithoutWebServerTests {

	private final String queue = TestContexts.newQueue("worker");

	@Test
	void staysAliveWhileItsListenersRunAndHandsBackWhenItIsTerminated() throws Exception {
		try (Worker worker = new Worker("--test.queue=" + this.queue)) {
			assertThatItWorksAndStaysAlive(worker);
			handsBackWhenTerminated(worker);
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void staysAliveOnVirtualThreads() throws Exception {
		try (Worker worker = new Worker("--test.queue=" + this.queue, "--spring.threads.virtual.enabled=true")) {
			assertThatItWorksAndStaysAlive(worker);
			handsBackWhenTerminated(worker);
		}
	}

	@Test
	void staysAliveWhenBeansAreInitializedLazily() throws Exception {
		try (Worker worker = new Worker("--test.queue=" + this.queue, "--spring.main.lazy-initialization=true")) {
			assertThatItWorksAndStaysAlive(worker);
		}
	}

	@Test
	void endsByItselfWhenNoListenerRuns() throws Exception {
		try (Worker worker = new Worker("--test.queue=" + this.queue, "--arque.listener.auto-startup=false")) {
			assertThat(worker.process.waitFor(Recorder.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(worker.process.exitValue()).isZero();
		}
	}

	private void assertThatItWorksAndStaysAlive(Worker worker) {
		enqueue("short");
		await().atMost(Recorder.LONG).until(() -> worker.lines.contains("handling short"));
		await().during(Duration.ofSeconds(2)).atMost(Recorder.LONG).until(worker.process::isAlive);
	}

	private void handsBackWhenTerminated(Worker worker) throws InterruptedException {
		String id = enqueue("long");
		await().atMost(Recorder.LONG).until(() -> worker.lines.contains("handling long"));
		worker.process.destroy();
		assertThat(worker.process.waitFor(Recorder.LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
		TestContexts.runner().run((context) -> {
			ArqueQueue own = context.getBean(ArqueOperations.class).queue(this.queue);
			assertThat(own.task(id)).hasValueSatisfying((task) -> {
				assertThat(task.state()).isEqualTo(TaskState.PENDING);
				assertThat(task.delivery().attempt()).isZero();
			});
		});
	}

	private String enqueue(String payload) {
		List<String> id = new ArrayList<>();
		TestContexts.runner()
			.run((context) -> id.add(context.getBean(ArqueOperations.class).enqueue(this.queue, payload)));
		return id.get(0);
	}

	/**
	 * The worker's process and what it printed.
	 */
	private static final class Worker implements AutoCloseable {

		private final Process process;

		private final List<String> lines = new CopyOnWriteArrayList<>();

		Worker(String... arguments) throws IOException {
			String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
			Stream<String> command = Stream.of(java, "-cp", System.getProperty("java.class.path"),
					Application.class.getName(), "--spring.data.redis.url=" + RedisServers.urlOfApplications(),
					"--spring.main.web-application-type=none", "--arque.key-prefix=" + TestContexts.PREFIX,
					"--arque.listener.shutdown-timeout=300ms");
			this.process = new ProcessBuilder(Stream.concat(command, Stream.of(arguments)).toList())
				.redirectErrorStream(true)
				.start();
			Thread reader = new Thread(this::read, "worker-output");
			reader.setDaemon(true);
			reader.start();
		}

		private void read() {
			try (BufferedReader output = this.process.inputReader(StandardCharsets.UTF_8)) {
				output.lines().forEach(this.lines::add);
			}
			catch (IOException | UncheckedIOException ex) {
				this.lines.add("the process was ended: " + ex.getMessage());
			}
		}

		@Override
		public void close() throws InterruptedException {
			this.process.destroyForcibly();
			this.process.waitFor(10, TimeUnit.SECONDS);
		}

	}

	/**
	 * What runs in the process.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataRedisAutoConfiguration.class, JacksonAutoConfiguration.class,
			ArqueAutoConfiguration.class })
	static class Application {

		private static final PrintStream OUTPUT = new PrintStream(new FileOutputStream(FileDescriptor.out), true,
				StandardCharsets.UTF_8);

		public static void main(String[] args) {
			SpringApplication.run(Application.class, args);
		}

		@ArqueListener("${test.queue}")
		void handle(String payload) throws InterruptedException {
			OUTPUT.println("handling " + payload);
			if (payload.equals("long")) {
				new Semaphore(0).acquire(); // the work
			}
		}

	}

}
