package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.UncertainEnqueueException;
import io.arque.test.LeastPrivilege;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * An application that enqueues to a Cluster, and is told only when the replica of the
 * queue's master has it.
 */
@OwnServer
class ClusterDurabilityTests {

	private static TestCluster redis;

	@BeforeAll
	static void start() {
		redis = RedisServers.startCluster(3, 1);
		redis.servers().forEach((server) -> LeastPrivilege.change(server, "+wait"));
	}

	@AfterAll
	static void stop() {
		redis.close();
	}

	@Test
	void acknowledgesWhatTheReplicaOfTheQueuesMasterHas() {
		List<String> queues = Stream.generate(() -> TestContexts.newQueue("durable")).limit(12).toList();
		run("30s", (arque) -> {
			for (String queue : queues) {
				arque.enqueue(queue, "task");
				assertHas(queue, 1);
			}
		});
	}

	/**
	 * The other masters' replicas are there and in step: who asks the wrong master, or
	 * does not ask, is content.
	 */
	@Test
	void saysUncertainWhenTheReplicaOfTheQueuesMasterIsAway() {
		String queue = TestContexts.newQueue("alone");
		TestRedis replica = redis.replicaOf(key(queue));
		replica.stop();
		try {
			run("200ms", (arque) -> {
				assertThatExceptionOfType(UncertainEnqueueException.class)
					.isThrownBy(() -> arque.enqueue(queue, "task"))
					.withMessageContaining("uncertain")
					.withMessageContaining("0 of 1 replicas had it within 200 ms");
				assertThat(arque.queue(queue).stats().pending()).as("it is there all the same").isEqualTo(1);
			});
		}
		finally {
			replica.start();
			await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(replica::isReplicaInStep);
			LeastPrivilege.change(replica, "+wait"); // it has forgotten
		}
	}

	@Test
	void followsASlotToItsNewMaster() {
		String queue = TestContexts.newQueue("moved");
		run("30s", (arque) -> {
			arque.enqueue(queue, "first");
			TestCluster.Move move = redis.beginMove(key(queue));
			CompletableFuture<String> meanwhile = arque.enqueueAsync(queue, "meanwhile", EnqueueOptions.none());
			await().atMost(Duration.ofSeconds(30)).until(() -> meanwhile.isDone() || !move.moveKey());
			move.finish();
			arque.enqueue(queue, "second");
			assertHas(queue, meanwhile.handle((id, failure) -> (failure == null) ? 3 : 2).join());
		});
	}

	@Test
	void goesToTheReplicaThatTookOver() {
		String queue = TestContexts.newQueue("taken-over");
		run("30s", (arque) -> {
			arque.enqueue(queue, "first");
			redis.failOver(key(queue));
			await().atMost(Duration.ofSeconds(60))
				.ignoreExceptions() // until the old master follows, there is no replica
				.until(() -> arque.enqueue(queue, "second", EnqueueOptions.none().withId("mine")).equals("mine"));
			await().atMost(Duration.ofSeconds(60)).ignoreExceptions().untilAsserted(() -> assertHas(queue, 2));
		});
	}

	private static void assertHas(String queue, long tasks) {
		assertThat(redis.masterOf(key(queue)).<Long>ask((commands) -> commands.hlen(key(queue)))).isEqualTo(tasks);
		assertThat(redis.replicaOf(key(queue)).<Long>ask((commands) -> {
			commands.readOnly();
			return commands.hlen(key(queue));
		})).isEqualTo(tasks);
	}

	private static String key(String queue) {
		return TestContexts.PREFIX + ":{" + queue + "}:tasks";
	}

	private static void run(String timeout, Enqueuing enqueuing) {
		TestContexts.anywhere()
			.withPropertyValues("spring.data.redis.cluster.nodes=" + redis.url().substring("redis-cluster://".length()),
					"spring.data.redis.lettuce.cluster.refresh.adaptive=true",
					"spring.data.redis.lettuce.cluster.refresh.period=1s", "arque.durability.min-replicas=1",
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
