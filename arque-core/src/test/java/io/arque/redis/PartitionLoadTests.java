package io.arque.redis;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.QueueSettings;
import io.arque.listener.TestApplication;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;

/**
 * What each of three masters gets of the load of one queue.
 */
@OwnServer
class PartitionLoadTests {

	private static final int TASKS = 3000;

	private static TestCluster cluster;

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() {
		cluster = RedisServers.startCluster(3, 0);
		connections = cluster.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		cluster.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, 6, 12 })
	void eachMasterGetsAThirdOfTheTasksAndOfTheCalls(int partitions) {
		String queue = TestApplication.newQueue();
		try (TestApplication application = new TestApplication(connections,
				QueueSettings.DEFAULTS.withPartitions(partitions))) {
			application.withoutSlowLook();
			application.template().enqueue(queue, "the first makes the partitions known");
			Map<String, Long> before = new LinkedHashMap<>(RedisServers.scriptCallsByNode(connections));
			for (int i = 1; i < TASKS; i++) {
				application.template().enqueue(queue, "payload");
			}
			Map<String, Long> calls = new LinkedHashMap<>(RedisServers.scriptCallsByNode(connections));
			calls.replaceAll((node, count) -> count - before.get(node));
			assertThatAllAreWithinTenPercent(calls);
			assertThatAllAreWithinTenPercent(tasksByNode(queue, partitions));
			Set<String> done = ConcurrentHashMap.newKeySet();
			application.listen(queue, (task, acknowledgement) -> done.add(task.id()));
			await().atMost(Duration.ofMinutes(1)).until(() -> done.size() == TASKS);
		}
	}

	private static void assertThatAllAreWithinTenPercent(Map<String, Long> byNode) {
		assertThat(byNode).hasSize(3);
		long least = byNode.values().stream().mapToLong(Long::longValue).min().orElseThrow();
		assertThat(byNode.values()).as("of which the least is %s", least)
			.allSatisfy((count) -> assertThat(count).isCloseTo(least, withinPercentage(10)));
	}

	private static Map<String, Long> tasksByNode(String queue, int partitions) {
		Map<String, Long> tasks = new LinkedHashMap<>();
		try (RedisClusterConnection connection = connections.getClusterConnection()) {
			for (String tag : PartitionTags.of(queue, partitions)) {
				String node = String
					.valueOf(connection.clusterCommands().clusterGetNodeForSlot(PartitionTags.slot(tag)).getPort());
				tasks.merge(node, connection.listCommands().lLen(("arque-test:{" + tag + "}:pending").getBytes()),
						Long::sum);
			}
		}
		return tasks;
	}

}
