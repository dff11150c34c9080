package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.arque.QueueSettings;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * Redis goes away, and comes back.
 */
@OwnServer
class OutageTests {

	private final String queue = TestApplication.newQueue();

	private final Set<String> seen = ConcurrentHashMap.newKeySet();

	private final Set<Throwable> failures = Collections.newSetFromMap(new IdentityHashMap<>());

	private TestRedis redis;

	private LettuceConnectionFactory connections;

	private TestApplication application;

	@BeforeEach
	void start() {
		this.redis = RedisServers.startPrivate();
		this.connections = this.redis.newConnectionFactory();
		this.application = new TestApplication(this.connections, QueueSettings.DEFAULTS);
	}

	@AfterEach
	void stop() {
		this.application.close();
		this.connections.destroy();
		this.redis.close();
	}

	@Test
	void workResumesByItselfAfterAnOutage() {
		ArqueListenerContainer container = listen();
		this.application.template().enqueue(this.queue, "before");
		await().until(() -> this.seen.contains("before"));
		this.redis.stop();
		await().atMost(Duration.ofSeconds(20)).until(() -> container.health().failure() != null);
		this.redis.start();
		await().atMost(Duration.ofSeconds(30)).until(() -> container.health().failure() == null);
		this.application.template().enqueue(this.queue, "after");
		await().atMost(Duration.ofSeconds(20)).until(() -> this.seen.contains("after"));
	}

	@Test
	void containerStartsWithoutRedisAndWorksOnceItIsThere() {
		this.redis.stop();
		ArqueListenerContainer container = listen();
		await().atMost(Duration.ofSeconds(20)).until(() -> container.health().failure() != null);
		assertThat(container.isRunning()).isTrue();
		this.redis.start();
		await().atMost(Duration.ofSeconds(30)).until(() -> container.health().failure() == null);
		this.application.template().enqueue(this.queue, "hello");
		await().atMost(Duration.ofSeconds(20)).until(() -> this.seen.contains("hello"));
	}

	@Test
	void scriptsThatRedisForgotAreSentAgain() {
		listen();
		this.application.template().enqueue(this.queue, "one");
		await().until(() -> this.seen.contains("one"));
		try (RedisConnection connection = this.connections.getConnection()) {
			connection.scriptingCommands().scriptFlush();
		}
		this.application.template().enqueue(this.queue, "two");
		await().until(() -> this.seen.contains("two"));
	}

	@Test
	void newTasksRunAfterAllKeysWereRemoved() throws Exception {
		CountDownLatch flushed = new CountDownLatch(1);
		ArqueListenerContainer container = this.application.listen(this.queue, (task, acknowledgement) -> {
			this.seen.add(task.payload().text());
			flushed.await();
		});
		this.application.template().enqueue(this.queue, "working");
		await().until(() -> this.seen.contains("working"));
		redis("FLUSHALL");
		flushed.countDown();
		for (String payload : List.of("one", "two", "three")) {
			this.application.template().enqueue(this.queue, payload);
			await().atMost(Duration.ofSeconds(20)).until(() -> this.seen.contains(payload));
		}
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		await().until(() -> container.health().failure() == null);
	}

	@Test
	void everyTaskRunsOnceWhenAReplicaIsPromoted() {
		Queue<String> runs = new ConcurrentLinkedQueue<>();
		ArqueListenerContainer container = this.application.listen(this.queue,
				(task, acknowledgement) -> runs.add(task.payload().text() + " at attempt " + task.attempt()));
		this.application.template().enqueue(this.queue, "before");
		await().until(() -> runs.size() == 1);
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			redis("REPLICAOF", "127.0.0.1", "1");
			await().atMost(Duration.ofSeconds(30)).until(() -> failures(container).size() == 2);
			redis("REPLICAOF", "NO", "ONE");
			this.application.template().enqueue(this.queue, "after");
			await().atMost(Duration.ofSeconds(30)).until(() -> runs.size() == 2);
			await().until(() -> container.health().failure() == null);
			this.application.stopListeners();
			assertThat(log.complaints("")).singleElement(STRING).contains(this.queue, "READONLY");
			assertThat(log.messages(Level.INFO)).filteredOn((line) -> line.contains("can be reached again")).hasSize(1);
		}
		assertThat(runs).containsExactly("before at attempt 1", "after at attempt 1");
	}

	@Test
	void everyTaskRunsOnceWhileRedisLoadsItsData(@TempDir Path folder) {
		Queue<String> runs = new ConcurrentLinkedQueue<>();
		ArqueListenerContainer container = this.application.listen(this.queue,
				(task, acknowledgement) -> runs.add(task.payload().text() + " at attempt " + task.attempt()));
		this.application.template().enqueue(this.queue, "before");
		await().until(() -> runs.size() == 1);
		this.redis.load(folder, Duration.ofSeconds(8));
		await().atMost(Duration.ofSeconds(30)).until(() -> this.redis.refusals("LOADING") > 0);
		await().atMost(Duration.ofSeconds(30))
			.ignoreExceptionsInstanceOf(DataAccessException.class) // loading takes longer
																	// than a call waits
			.until(() -> this.application.template().enqueue(this.queue, "after") != null);
		await().atMost(Duration.ofSeconds(30)).until(() -> runs.size() == 2);
		await().until(() -> container.health().failure() == null);
		assertThat(runs).containsExactly("before at attempt 1", "after at attempt 1");
	}

	@Test
	void listenerDrainsAFullRedis() {
		this.application.template().enqueueAll(this.queue, IntStream.range(0, 300).boxed().toList());
		redis("CONFIG", "SET", "maxmemory", "1");
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			listen();
			await().atMost(Duration.ofSeconds(30)).until(() -> this.application.queue(this.queue).stats().tasks() == 0);
			assertThat(this.seen).hasSize(300);
			redis("CONFIG", "SET", "maxmemory", "0");
			this.application.template().enqueue(this.queue, "more");
			await().atMost(Duration.ofSeconds(20)).until(() -> this.seen.contains("more"));
			this.application.stopListeners();
			assertThat(log.complaints("")).as("nothing has failed").isEmpty();
		}
	}

	/** Those that health has told since the test began to ask. */
	private Set<Throwable> failures(ArqueListenerContainer container) {
		Throwable failure = container.health().failure();
		if (failure != null) {
			this.failures.add(failure);
		}
		return this.failures;
	}

	private void redis(String command, String... arguments) {
		try (RedisConnection connection = this.connections.getConnection()) {
			connection.execute(command,
					Stream.of(arguments).map((each) -> each.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new));
		}
	}

	private ArqueListenerContainer listen() {
		return this.application.listen(this.queue, (task, acknowledgement) -> this.seen.add(task.payload().text()));
	}

}
