package io.arque.listener;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

import io.arque.ArqueException;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueSettings;
import io.arque.test.JedisConnections;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The application's Redis client is Jedis, with a pool as large as Spring Boot makes it.
 */
@OwnServer
@Timeout(180)
class JedisTests {

	private final String queue = TestApplication.newQueue();

	private final Set<String> seen = ConcurrentHashMap.newKeySet();

	private final TestRedis redis = RedisServers.startPrivate();

	private final JedisConnectionFactory connections = JedisConnections.pool(this.redis, 8);

	private final TestApplication application = new TestApplication(this.connections, QueueSettings.DEFAULTS);

	@AfterEach
	void stop() {
		this.application.close();
		this.connections.destroy();
		this.redis.close();
	}

	@Test
	void tasksAreEnqueuedOneByOneTogetherAndInTheBackground() {
		this.application.template().enqueue(this.queue, "one");
		this.application.template().enqueueAll(this.queue, IntStream.range(0, 300).boxed().toList());
		List<CompletableFuture<String>> more = IntStream.range(0, 300)
			.mapToObj((i) -> this.application.template().enqueueAsync(this.queue, i, EnqueueOptions.none()))
			.toList();
		more.forEach(CompletableFuture::join);
		assertThat(this.application.queue(this.queue).stats().pending()).isEqualTo(601);
	}

	@Test
	void idThatIsThereIsKeptOrRefused() {
		EnqueueOptions options = EnqueueOptions.none().withId("order-1");
		this.application.template().enqueue(this.queue, "first", options);
		assertThat(this.application.template().enqueue(this.queue, "second", options.withOnDuplicate(OnDuplicate.KEEP)))
			.isEqualTo("order-1");
		assertThatExceptionOfType(DuplicateTaskException.class).isThrownBy(() -> this.application.template()
			.enqueue(this.queue, "second", options.withOnDuplicate(OnDuplicate.REJECT)));
		assertThat(dequeue().payload().text()).isEqualTo("first");
	}

	@Test
	void taskIsTakenAndSettledByHand() {
		String id = this.application.template().enqueue(this.queue, "payload");
		this.application.queue(this.queue).requeue(dequeue(), Duration.ZERO);
		this.application.queue(this.queue).handBack(dequeue());
		LeasedTask task = dequeue();
		assertThat(task.id()).isEqualTo(id);
		assertThat(task.attempt()).isEqualTo(2);
		assertThat(this.application.queue(this.queue).extend(task, Duration.ofMinutes(5)))
			.isAfter(task.lease().deadline());
		this.application.queue(this.queue).reject(task, "no such customer");
		assertThat(this.application.queue(this.queue).failed().get(id).orElseThrow().error().message())
			.isEqualTo("no such customer");
		assertThat(this.application.queue(this.queue).failed().redrive(id)).isTrue();
		this.application.queue(this.queue).release(dequeue());
		assertThat(this.application.queue(this.queue).stats().tasks()).isZero();
	}

	@Test
	void waitingByHandIsEndedByATask() {
		CompletableFuture<LeasedTask> waiting = CompletableFuture.supplyAsync(
				() -> this.application.queue(this.queue).dequeue(1, Duration.ofSeconds(60)).tasks().get(0),
				(work) -> new Thread(work, "waits").start());
		awaitSleep();
		String id = this.application.template().enqueue(this.queue, "payload");
		assertThat(waiting).succeedsWithin(Duration.ofSeconds(10)).extracting(LeasedTask::id).isEqualTo(id);
	}

	@Test
	void sleepingListenerIsWokenByATask() {
		this.application.withoutSlowLook();
		listen();
		for (int i = 0; i < 20; i++) {
			awaitSleep();
			enqueueAndAwait("task-" + i, Duration.ofSeconds(20));
		}
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
	}

	@Test
	void manyTasksRunThroughASmallPool() {
		listen();
		this.application.template().enqueueAll(this.queue, IntStream.range(0, 3000).boxed().toList());
		await().atMost(Duration.ofSeconds(90)).until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		assertThat(this.seen).hasSize(3000);
	}

	@Test
	void scriptsThatRedisForgotAreSentAgain() {
		listen();
		enqueueAndAwait("one", Duration.ofSeconds(20));
		this.redis.ask((commands) -> commands.scriptFlush());
		enqueueAndAwait("two", Duration.ofSeconds(10));
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
	}

	@Test
	void workResumesByItselfAfterAnOutage() {
		ArqueListenerContainer container = listen();
		enqueueAndAwait("before", Duration.ofSeconds(20));
		this.redis.stop();
		await().atMost(Duration.ofSeconds(20)).until(() -> container.health().failure() != null);
		this.redis.start();
		await().atMost(Duration.ofSeconds(30)).until(() -> container.health().failure() == null);
		await().atMost(Duration.ofSeconds(30)).until(() -> subscribers() == 1);
		this.application.withoutSlowLook();
		await().ignoreExceptionsInstanceOf(DataAccessException.class)
			.until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		awaitSleep();
		enqueueAndAwait("after", Duration.ofSeconds(20));
	}

	@Test
	void keyOfForeignTypeIsTold() {
		this.redis.ask((commands) -> commands.set(key("pending"), "foreign"));
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.application.template().enqueue(this.queue, "payload"))
			.havingRootCause()
			.withMessageContaining("WRONGTYPE");
	}

	@Test
	void newerFormatIsTold() {
		this.application.template().enqueue(this.queue, "payload");
		this.redis.ask((commands) -> commands.hset(key("config"), "v", "2"));
		assertThatExceptionOfType(ArqueException.class)
			.isThrownBy(() -> this.application.template().enqueue(this.queue, "payload"))
			.withMessageContaining("format 2")
			.withMessageContaining("reads format 1");
	}

	@Test
	void fullRedisIsTold() {
		this.redis.ask((commands) -> commands.configSet("maxmemory", "1"));
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> this.application.template().enqueue(this.queue, "payload"))
			.withMessageContaining("Redis is full");
	}

	@Test
	void applicationStopsPromptly() {
		listen();
		enqueueAndAwait("payload", Duration.ofSeconds(10));
		awaitSleep();
		long start = System.nanoTime();
		this.application.close();
		this.connections.destroy();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
		await().until(() -> subscribers() == 0);
		await().until(() -> this.redis.ask((commands) -> commands.clientList()).lines().count() == 1);
	}

	private ArqueListenerContainer listen() {
		return this.application.listen(this.queue, (task, acknowledgement) -> this.seen.add(task.payload().text()));
	}

	private LeasedTask dequeue() {
		return this.application.queue(this.queue).dequeue(1, Duration.ofSeconds(5)).tasks().get(0);
	}

	private void enqueueAndAwait(String payload, Duration atMost) {
		this.application.template().enqueue(this.queue, payload);
		await().atMost(atMost).until(() -> this.seen.contains(payload));
	}

	/** Returns when a consumer waits that can be reached by a message. */
	private void awaitSleep() {
		await().atMost(Duration.ofSeconds(20))
			.until(() -> subscribers() == 1 && this.redis.ask((commands) -> commands.zcard(key("waiters"))) > 0);
	}

	private int subscribers() {
		return this.redis.ask((commands) -> commands.pubsubChannels()).size();
	}

	private String key(String kind) {
		return "arque-test:{" + this.queue + "}:" + kind;
	}

}
