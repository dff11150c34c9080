package io.arque.listener;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.QueueSettings;
import io.arque.UnsupportedRedisVersionException;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.StubbedInfo;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@OwnServer
class UnsupportedServerTests {

	@Test
	void nothingIsFetchedFromAServerThatIsTooOldUntilItIsUpgraded() {
		String queue = TestApplication.newQueue();
		Set<String> seen = ConcurrentHashMap.newKeySet();
		LettuceConnectionFactory connections = RedisServers.newConnectionFactory();
		StubbedInfo old = new StubbedInfo(connections).answers("redis_version", "5.0.14");
		try (TestApplication producer = new TestApplication(connections, QueueSettings.DEFAULTS);
				TestApplication worker = new TestApplication(old.factory(), QueueSettings.DEFAULTS)) {
			producer.template().enqueue(queue, "waits");
			ArqueListenerContainer container = worker.listen(queue,
					(task, acknowledgement) -> seen.add(task.payload().text()));
			await().until(() -> old.asked() > 3);
			assertThat(container.isRunning()).isTrue();
			assertThat(container.health().failure()).isInstanceOf(UnsupportedRedisVersionException.class)
				.hasMessageContaining("5.0.14");
			assertThat(seen).isEmpty();
			assertThat(producer.queue(queue).stats().pending()).isEqualTo(1);
			old.answers("redis_version", "6.2.7");
			await().atMost(Duration.ofSeconds(20)).until(() -> seen.contains("waits"));
			await().until(() -> container.health().failure() == null);
		}
		finally {
			connections.destroy();
		}
	}

}
