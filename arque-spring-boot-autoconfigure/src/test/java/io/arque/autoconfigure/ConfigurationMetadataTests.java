package io.arque.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor knows of {@code arque.*}.
 */
class ConfigurationMetadataTests {

	private static Map<String, JsonNode> properties;

	private static JsonNode metadata;

	@BeforeAll
	static void read() throws IOException {
		try (InputStream in = ArqueProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			metadata = JsonMapper.builder().build().readTree(in);
		}
		properties = StreamSupport.stream(metadata.get("properties").spliterator(), false)
			.collect(Collectors.toMap((property) -> property.get("name").asString(), (property) -> property));
	}

	@Test
	void holdsEveryPropertyOfTheContract() {
		assertThat(properties.keySet()).containsExactlyInAnyOrder("arque.enabled", "arque.key-prefix",
				"arque.max-payload-size", "arque.sweep-interval", "arque.durability.min-replicas",
				"arque.durability.timeout", "arque.metrics.refresh-interval", "arque.listener.concurrency",
				"arque.listener.auto-startup", "arque.listener.ack-mode", "arque.listener.shutdown-timeout",
				"arque.defaults.working-limit", "arque.defaults.lease-duration", "arque.defaults.task-timeout",
				"arque.defaults.retry.max-attempts", "arque.defaults.retry.max-crashes", "arque.defaults.retry.delay",
				"arque.defaults.retry.multiplier", "arque.defaults.retry.max-delay", "arque.defaults.retry.jitter",
				"arque.defaults.dead-letter.max-size", "arque.defaults.dead-letter.max-bytes",
				"arque.defaults.dead-letter.retention", "arque.queues", "management.health.arque.enabled");
	}

	@Test
	void describesEveryPropertyByBootsRules() {
		assertThat(properties).allSatisfy((name, property) -> {
			assertThat(property.hasNonNull("description")).as(name).isTrue();
			String description = property.get("description").asString();
			assertThat(description).as(name).endsWith(".").doesNotStartWith("The ").doesNotStartWith("A ");
			if (property.get("type").asString().equals(Boolean.class.getName())) {
				assertThat(description).as(name).startsWith("Whether ");
			}
		});
	}

	@Test
	void tellsTheDefaultOfEveryPropertyButTheMap() {
		assertThat(properties.values()).filteredOn((property) -> !property.hasNonNull("defaultValue"))
			.extracting((property) -> property.get("name").asString())
			.containsExactly("arque.queues");
	}

	@Test
	void hintsThatQueuesAreKeyedByName() {
		assertThat(metadata.get("hints").findValuesAsString("name")).contains("arque.queues.keys");
	}

}
