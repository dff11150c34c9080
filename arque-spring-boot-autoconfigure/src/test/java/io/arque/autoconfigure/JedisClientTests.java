package io.arque.autoconfigure;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application that has chosen Jedis in place of Lettuce.
 */
class JedisClientTests {

	private final String queue = TestContexts.newQueue("jedis");

	@Test
	void listenerGetsTasksThroughJedis() {
		TestContexts.runner()
			.withUserConfiguration(Application.class)
			.withPropertyValues("spring.data.redis.client-type=jedis", "test.queue=" + this.queue)
			.run((context) -> {
				assertThat(context).getBean(RedisConnectionFactory.class).isInstanceOf(JedisConnectionFactory.class);
				context.getBean(ArqueOperations.class).enqueue(this.queue, "hello");
				assertThat(context.getBean(Application.class).got.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
			});
	}

	@Test
	void cannotWaitForReplicasThroughJedis() {
		TestContexts.runner()
			.withPropertyValues("spring.data.redis.client-type=jedis", "arque.durability.min-replicas=1")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("arque.durability.min-replicas needs Lettuce"));
	}

	@Configuration
	static class Application {

		private final BlockingQueue<String> got = new LinkedBlockingQueue<>();

		@ArqueListener(queues = "${test.queue}")
		void take(String payload) {
			this.got.add(payload);
		}

	}

}
