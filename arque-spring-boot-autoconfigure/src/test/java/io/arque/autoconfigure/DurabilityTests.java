package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.arque.ArqueOperations;
import io.arque.EnqueueAllException;
import io.arque.EnqueueOptions;
import io.arque.UncertainEnqueueException;
import io.arque.test.LeastPrivilege;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestSentinel;
import io.lettuce.core.KillArgs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * An application that enqueues to a master with one replica, and is told only when the
 * replica has it.
 */
@OwnServer
class DurabilityTests {

	private final String queue = TestContexts.newQueue("durable");

	private final String tasks = TestContexts.PREFIX + ":{" + this.queue + "}:tasks";

	private TestSentinel redis;

	@BeforeEach
	void start() {
		this.redis = RedisServers.startSentinel();
		this.redis.servers().forEach((server) -> LeastPrivilege.change(server, "+wait"));
	}

	@AfterEach
	void stop() {
		this.redis.close();
	}

	@Test
	void acknowledgesWhatTheReplicaHas() {
		run("30s", (arque) -> {
			for (int i = 1; i <= 50; i++) {
				arque.enqueue(this.queue, "task");
				assertThat(this.redis.replica().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(i);
			}
			arque.enqueueAll(this.queue, List.of("one", "two"));
			arque.enqueueAsync(this.queue, "three", EnqueueOptions.none()).join();
			assertThat(this.redis.replica().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(53);
		});
	}

	@Test
	void needsOneCommandMoreThanTheLeastPrivilegedUserHas() {
		LeastPrivilege.change(this.redis.master(), "-wait");
		run("30s",
				(arque) -> assertThatExceptionOfType(UncertainEnqueueException.class)
					.isThrownBy(() -> arque.enqueue(this.queue, "task"))
					.withStackTraceContaining("'wait'"));
		LeastPrivilege.change(this.redis.master(), "+wait");
		run("30s", (arque) -> arque.enqueue(this.queue, "task"));
		assertThat(this.redis.replica().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(2);
	}

	@Test
	void saysUncertainWhenTheReplicaIsAway() {
		this.redis.replica().stop();
		run("200ms", (arque) -> {
			assertThatExceptionOfType(UncertainEnqueueException.class)
				.isThrownBy(() -> arque.enqueue(this.queue, "task"))
				.withMessageContaining("uncertain")
				.withMessageContaining("0 of 1 replicas had it within 200 ms");
			assertThat(arque.queue(this.queue).stats().pending()).as("it is there all the same").isEqualTo(1);
			assertThatExceptionOfType(EnqueueAllException.class)
				.isThrownBy(() -> arque.enqueueAll(this.queue, List.of("one", "two")))
				.satisfies((ex) -> assertThat(ex.uncertain()).hasSize(2))
				.withCauseInstanceOf(UncertainEnqueueException.class);
		});
	}

	@Test
	void saysUncertainToEveryCallerOfASharedCall() {
		this.redis.replica().stop();
		run("200ms", (arque) -> {
			List<CompletableFuture<String>> all = IntStream.range(0, 100)
				.mapToObj((i) -> arque.enqueueAsync(this.queue, "task", EnqueueOptions.none()))
				.toList();
			all.forEach((one) -> assertThat(one).failsWithin(Duration.ofSeconds(60))
				.withThrowableThat()
				.havingRootCause()
				.isInstanceOf(UncertainEnqueueException.class));
		});
	}

	@Test
	void repeatingWithTheSameIdTellsOnceTheReplicaIsBack() {
		this.redis.replica().stop();
		EnqueueOptions options = EnqueueOptions.none().withId("mine");
		run("500ms", (arque) -> {
			assertThatExceptionOfType(UncertainEnqueueException.class)
				.isThrownBy(() -> arque.enqueue(this.queue, "task", options));
			this.redis.replica().start();
			await().atMost(Duration.ofSeconds(60))
				.ignoreExceptions()
				.until(() -> arque.enqueue(this.queue, "task", options).equals("mine"));
			assertThat(arque.queue(this.queue).stats().pending()).isEqualTo(1);
		});
	}

	@Test
	void saysUncertainWhenTheConnectionIsCutWhileItWaits() {
		this.redis.replica().stop();
		run("60s", (arque) -> {
			CompletableFuture<String> enqueued = arque.enqueueAsync(this.queue, "task", EnqueueOptions.none());
			await().atMost(Duration.ofSeconds(30))
				.until(() -> this.redis.master().<String>ask((commands) -> commands.clientList()).contains("cmd=wait"));
			this.redis.master().ask((commands) -> commands.clientKill(KillArgs.Builder.typeNormal().skipme()));
			assertThat(enqueued).failsWithin(Duration.ofSeconds(30))
				.withThrowableThat()
				.havingCause()
				.isInstanceOf(UncertainEnqueueException.class)
				.withMessageContaining("nobody knows whether replicas have it");
		});
	}

	@Test
	void aConnectionThatBrokeWhileIdleCostsNothing() {
		run("30s", (arque) -> {
			arque.enqueue(this.queue, "first");
			this.redis.master().ask((commands) -> commands.clientKill(KillArgs.Builder.typeNormal().skipme()));
			arque.enqueue(this.queue, "second");
			assertThat(this.redis.replica().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(2);
		});
	}

	@Test
	void goesToTheNewMasterAfterAFailOver() {
		run("30s", (arque) -> {
			arque.enqueue(this.queue, "first");
			this.redis.failOver();
			await().atMost(Duration.ofSeconds(120))
				.ignoreExceptions() // until the old master follows, there is no replica
				.until(() -> arque.enqueue(this.queue, "second", EnqueueOptions.none().withId("mine")).equals("mine"));
			assertThat(this.redis.master().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(2);
			assertThat(this.redis.replica().<Long>ask((commands) -> commands.hlen(this.tasks))).isEqualTo(2);
		});
	}

	private void run(String timeout, Enqueuing enqueuing) {
		String[] address = this.redis.url().substring("redis-sentinel://".length()).split("#", 2);
		TestContexts.anywhere()
			.withPropertyValues("spring.data.redis.sentinel.master=" + address[1],
					"spring.data.redis.sentinel.nodes=" + address[0], "arque.durability.min-replicas=1",
					"arque.durability.timeout=" + timeout)
			.withPropertyValues(LeastPrivilege.properties())
			.run((context) -> enqueuing.with(context.getBean(ArqueOperations.class)));
	}

	/**
	 * What a test does with its application.
	 */
	private interface Enqueuing {

		void with(ArqueOperations arque) throws Exception;

	}

}
