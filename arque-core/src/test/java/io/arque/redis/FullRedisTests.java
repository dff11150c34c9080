package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.arque.EnqueueAllException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.redis.Fetch.Join;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.TransientDataAccessResourceException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Redis takes no more ({@code maxmemory} with {@code noeviction}), or takes nothing (a
 * replica).
 */
@OwnServer
class FullRedisTests {

	private static final int TASKS = 12;

	/** For more than a minute, however slow the machine is. */
	private static final int MANY_RETRIES = 70;

	private static TestRedis redis;

	private static LettuceConnectionFactory connections;

	private final QueueFixture fixture = new QueueFixture(connections);

	private final ArqueTemplate template = this.fixture.template();

	private final RedisQueue queue = this.fixture.queue();

	@BeforeAll
	static void start() {
		redis = RedisServers.startPrivate();
		connections = redis.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		redis.close();
	}

	@BeforeEach
	void fill() {
		this.template.enqueue(this.fixture.name(), "pending", EnqueueOptions.none().withId("pending"));
		this.template.enqueue(this.fixture.name(), "delayed",
				EnqueueOptions.none().withId("delayed").withDelay(Duration.ofMinutes(3)));
		this.template.enqueueAll(this.fixture.name(), Collections.nCopies(TASKS, "payload"));
	}

	@AfterEach
	void makeRoom() {
		redis("CONFIG", "SET", "maxmemory", "0");
		redis("REPLICAOF", "NO", "ONE");
		this.fixture.afterEach(null);
	}

	static Stream<Named<Consumer<FullRedisTests>>> growing() {
		return Stream.of(Named.of("enqueue", (test) -> test.enqueue(EnqueueOptions.none())),
				Named.of("enqueue delayed",
						(test) -> test.enqueue(EnqueueOptions.none().withDelay(Duration.ofMinutes(1)))),
				Named.of("enqueue of a new id", (test) -> test.enqueue(EnqueueOptions.none().withId("new"))),
				Named.of("replace of a pending task", (test) -> test.enqueue(replace("pending"))),
				Named.of("delay of a pending task",
						(test) -> test.enqueue(replace("pending").withDelay(Duration.ofMinutes(1)))),
				Named.of("replace of a delayed task", (test) -> test.enqueue(replace("delayed"))),
				Named.of("limit", (test) -> test.queue.workingLimit(7)),
				Named.of("pause", (test) -> test.queue.pause()));
	}

	@ParameterizedTest
	@MethodSource("growing")
	void whatGrowsIsRefusedByAFullRedisAndNothingIsWritten(Consumer<FullRedisTests> call) {
		makeFull();
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(TransientDataAccessResourceException.class).isThrownBy(() -> call.accept(this))
			.withMessageContainingAll("Redis is full", "maxmemory", "nothing was changed");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void manyAreRefusedByAFullRedisWithTheSameCause() {
		makeFull();
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(EnqueueAllException.class)
			.isThrownBy(() -> this.template.enqueueAll(this.fixture.name(), List.of("x", "y")))
			.withCauseInstanceOf(TransientDataAccessResourceException.class);
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> this.template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join())
			.withCauseInstanceOf(TransientDataAccessResourceException.class);
		assertThat(this.fixture.dump()).isEqualTo(before);
		redis("CONFIG", "SET", "maxmemory", "0");
		enqueue(EnqueueOptions.none());
	}

	@Test
	void workersDrainAFullRedis() {
		this.queue.pause();
		makeFull();
		this.queue.resume();
		assertThat(this.fixture.newClient(TestSettings.settings())
			.queue(this.fixture.name())
			.consumer()
			.dequeue(new Fetch(1, Join.WHEN_SHORT, true, true, List.of()))
			.tasks()).as("a new lane").hasSize(1).allSatisfy((task) -> this.queue.release(task));
		List<LeasedTask> tasks = this.queue.dequeue(TASKS, Duration.ZERO).tasks();
		assertThat(tasks).hasSize(TASKS);
		this.queue.extend(tasks.get(0), Duration.ofMinutes(1));
		this.queue.release(tasks.get(0), tasks.get(1));
		this.queue.requeue(tasks.get(2), Duration.ZERO);
		this.queue.requeue(tasks.get(3), Duration.ofMillis(1));
		this.queue.handBack(tasks.get(4), tasks.get(5));
		this.queue.reject(tasks.get(6), "why");
		this.queue.reject(tasks.get(7), "why");
		this.queue.failed().redrive(tasks.get(6).id());
		this.queue.failed().delete(tasks.get(7).id());
		QueueConsumer consumer = this.queue.consumer();
		consumer.dequeue(new Fetch(0, Join.NEVER, true, true,
				List.of(Settlement.release(tasks.get(8)), Settlement.handBack(tasks.get(9), Duration.ofMillis(1)),
						Settlement.release(tasks.get(10)), Settlement.release(tasks.get(11)))));
		await().until(() -> {
			this.queue.sweep();
			this.queue.dequeue(5, Duration.ofMillis(1)).tasks().forEach(this.queue::release);
			return this.queue.stats().tasks() == 1;
		});
		QueueStats stats = this.queue.stats();
		assertThat(stats.delayed()).as("what is not due").isEqualTo(1);
		assertThat(stats.failed()).isZero();
		Fetched empty = consumer.dequeue(new Fetch(9, Join.WHEN_SHORT, true, true, List.of()));
		assertThat(empty.tasks()).isEmpty();
		assertThat(this.fixture.dump().values("waiters/")).as("waits to be woken").hasSize(1);
	}

	static Stream<Named<Consumer<FullRedisTests>>> writing() {
		return Stream.of(Named.of("enqueue", (test) -> test.enqueue(EnqueueOptions.none())),
				Named.of("dequeue", (test) -> test.queue.dequeue(1, Duration.ZERO)),
				Named.of("sweep", (test) -> test.queue.sweep()));
	}

	@ParameterizedTest
	@MethodSource("writing")
	void callToAReplicaIsRaisedAfterAWhileAndNothingIsWritten(Consumer<FullRedisTests> call) {
		redis("REPLICAOF", "127.0.0.1", "1");
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> call.accept(this))
			.havingRootCause()
			.withMessageContaining("READONLY");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void callToAReplicaIsWaitedOutUntilItIsPromoted() {
		this.fixture.client().maxRetries(MANY_RETRIES);
		LeasedTask task = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
		redis("REPLICAOF", "127.0.0.1", "1");
		try (LogCapture log = new LogCapture(Call.class.getName())) {
			CompletableFuture<Void> enqueued = CompletableFuture.runAsync(() -> enqueue(EnqueueOptions.none()));
			CompletableFuture<Void> released = CompletableFuture.runAsync(() -> this.queue.release(task));
			await().until(() -> log.messages(Level.DEBUG).size() >= 2);
			redis("REPLICAOF", "NO", "ONE");
			enqueued.join();
			released.join();
		}
		assertThat(this.queue.stats().pending()).isEqualTo(TASKS + 1);
		assertThat(this.queue.stats().working()).isZero();
	}

	private void enqueue(EnqueueOptions options) {
		this.template.enqueue(this.fixture.name(), "more", options);
	}

	private static EnqueueOptions replace(String id) {
		return EnqueueOptions.none().withId(id).withOnDuplicate(OnDuplicate.REPLACE);
	}

	private static void makeFull() {
		redis("CONFIG", "SET", "maxmemory-policy", "noeviction");
		redis("CONFIG", "SET", "maxmemory", "1");
	}

	private static void redis(String command, String... arguments) {
		try (RedisConnection connection = connections.getConnection()) {
			connection.execute(command,
					Stream.of(arguments).map((each) -> each.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new));
		}
	}

}
