package io.arque.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.data.redis.connection.RedisConnection;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * No class is chosen by what is in Redis, and none is named there.
 */
class PayloadTypeTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("types");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue);

	@Test
	void classThatThePayloadNamesIsTextLikeAnyOther() {
		this.runner.withUserConfiguration(Anything.class).run((context) -> {
			String named = "{\"@class\":\"%s\",\"name\":\"pen\"}".formatted(Item.class.getName());
			context.getBean(ArqueOperations.class).enqueue(this.queue, named);
			this.recorder.assertThatNextIs(Map.of("@class", Item.class.getName(), "name", "pen"));
		});
	}

	@Test
	void bodyInRedisNamesNoClass() {
		this.runner.run((context) -> {
			context.getBean(ArqueOperations.class).enqueue(this.queue, new Item("pen"));
			byte[] key = (TestContexts.PREFIX + ":{" + this.queue + "}:tasks").getBytes(StandardCharsets.UTF_8);
			try (RedisConnection connection = RedisServers.connectionFactory().getConnection()) {
				assertThat(connection.hashCommands().hVals(key)).singleElement()
					.satisfies((body) -> assertThat(new String(body, StandardCharsets.ISO_8859_1)).contains("pen")
						.doesNotContain("Item", "io.arque"));
			}
		});
	}

	@Test
	void inheritedListenerReadsTheTypeThatItsClassGives() {
		this.runner.withUserConfiguration(OfItems.class).run((context) -> {
			context.getBean(ArqueOperations.class).enqueue(this.queue, new Item("pen"));
			this.recorder.assertThatNextIs(new Item("pen"));
		});
	}

	record Item(String name) {
	}

	abstract static class Of<T> {

		private final Recorder recorder;

		Of(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener("${test.queue}")
		void handle(T payload) {
			this.recorder.tell(payload);
		}

	}

	static class OfItems extends Of<Item> {

		OfItems(Recorder recorder) {
			super(recorder);
		}

	}

	record Anything(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(Object payload) {
			this.recorder.tell(payload);
		}

	}

}
