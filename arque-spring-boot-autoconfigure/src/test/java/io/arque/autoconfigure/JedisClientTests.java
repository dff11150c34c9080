package io.arque.autoconfigure;

import java.time.Duration;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.jedis.JedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An application that chooses Jedis.
 */
class JedisClientTests {

	private final String queue = TestContexts.newQueue("jedis");

	private final Recorder recorder = new Recorder();

	@Test
	void listenerGetsATaskAndTheContextCloses() {
		long[] closing = new long[1];
		TestContexts.runner()
			.withBean(Recorder.class, () -> this.recorder)
			.withUserConfiguration(Listener.class)
			.withPropertyValues("spring.data.redis.client-type=jedis", "test.queue=" + this.queue)
			.run((context) -> {
				assertThat(context.getBean(RedisConnectionFactory.class)).isInstanceOf(JedisConnectionFactory.class);
				ArqueOperations arque = context.getBean(ArqueOperations.class);
				arque.enqueue(this.queue, "hello");
				this.recorder.assertThatNextIs("hello");
				await().atMost(Recorder.LONG).until(() -> arque.queue(this.queue).stats().tasks() == 0);
				closing[0] = System.nanoTime();
			});
		assertThat(Duration.ofNanos(System.nanoTime() - closing[0])).isLessThan(Duration.ofSeconds(5));
	}

	record Listener(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(String payload) {
			this.recorder.tell(payload);
		}

	}

}
