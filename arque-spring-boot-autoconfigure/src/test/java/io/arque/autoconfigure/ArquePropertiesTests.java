package io.arque.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.listener.AckMode;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ContainerSettings;
import io.arque.redis.ArqueClient;
import io.arque.redis.QueuePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code arque.*} can say, what beats what, and how a wrong one is told.
 */
@ExtendWith(OutputCaptureExtension.class)
class ArquePropertiesTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ArqueAutoConfiguration.class, DataRedisAutoConfiguration.class));

	@Test
	void startsFromTheDefaultsOfTheCore() {
		this.runner.run((context) -> {
			ArqueProperties properties = context.getBean(ArqueProperties.class);
			ArqueSettings settings = properties.toSettings();
			assertThat(settings.keyPrefix()).isEqualTo(ArqueSettings.DEFAULTS.keyPrefix());
			assertThat(settings.maxPayloadBytes()).isEqualTo(ArqueSettings.DEFAULTS.maxPayloadBytes());
			assertThat(settings.queues().apply("any")).isEqualTo(QueueSettings.DEFAULTS);
			assertThat(properties.toContainerSettings(false)).isEqualTo(ContainerSettings.DEFAULTS);
			assertThat(properties.enabled()).isTrue();
			assertThat(properties.sweepInterval()).isEqualTo(Duration.ofSeconds(10));
			assertThat(properties.metrics().refreshInterval()).isEqualTo(Duration.ofSeconds(30));
		});
	}

	@Test
	void bindsWhatHoldsForTheApplication() {
		this.runner
			.withPropertyValues("arque.enabled=true", "arque.key-prefix=shop", "arque.max-payload-size=3KB",
					"arque.sweep-interval=7s", "arque.metrics.refresh-interval=9s", "arque.listener.concurrency=4",
					"arque.listener.auto-startup=false", "arque.listener.ack-mode=manual",
					"arque.listener.shutdown-timeout=11s")
			.run((context) -> {
				ArqueProperties properties = context.getBean(ArqueProperties.class);
				assertThat(properties.toSettings().keyPrefix()).isEqualTo("shop");
				assertThat(properties.toSettings().maxPayloadBytes()).isEqualTo(3 * 1024);
				assertThat(properties.sweepInterval()).isEqualTo(Duration.ofSeconds(7));
				assertThat(properties.metrics().refreshInterval()).isEqualTo(Duration.ofSeconds(9));
				assertThat(properties.toContainerSettings(true))
					.isEqualTo(new ContainerSettings(4, AckMode.MANUAL, false, Duration.ofSeconds(11), true));
			});
	}

	@Test
	void bindsDefaultsOfAllQueues() {
		this.runner.withPropertyValues(forAll("arque.defaults."))
			.run((context) -> assertThat(context.getBean(ArqueClient.class).queue("any").settings()).isEqualTo(OWN));
	}

	@Test
	void bindsSettingsOfOneQueue() {
		this.runner.withPropertyValues(forAll("arque.queues.orders.")).run((context) -> {
			assertThat(context.getBean(ArqueClient.class).queue("orders").settings()).isEqualTo(OWN);
			assertThat(context.getBean(ArqueClient.class).queue("others").settings()).isEqualTo(QueueSettings.DEFAULTS);
		});
	}

	@Test
	void fallsBackToDefaultsForEachKeyThatAQueueLeavesOut() {
		this.runner
			.withPropertyValues("arque.defaults.working-limit=77", "arque.defaults.retry.max-attempts=9",
					"arque.defaults.dead-letter.max-size=55", "arque.queues.orders.lease-duration=12s",
					"arque.queues.orders.retry.max-crashes=2", "arque.queues.orders.dead-letter.retention=3d")
			.run((context) -> {
				QueueSettings settings = context.getBean(ArqueClient.class).queue("orders").settings();
				assertThat(settings.workingLimit()).isEqualTo(77);
				assertThat(settings.leaseDuration()).isEqualTo(Duration.ofSeconds(12));
				assertThat(settings.taskTimeout()).isEqualTo(QueueSettings.DEFAULTS.taskTimeout());
				assertThat(settings.retry().maxAttempts()).isEqualTo(9);
				assertThat(settings.retry().maxCrashes()).isEqualTo(2);
				assertThat(settings.deadLetter().maxSize()).isEqualTo(55);
				assertThat(settings.deadLetter().retention()).isEqualTo(Duration.ofDays(3));
			});
	}

	@Test
	void bindsTheNamesOfQueuesInYamlAsTheyAre() {
		ByteArrayResource yaml = new ByteArrayResource("""
				arque:
				  listener: { ack-mode: auto }
				  queues:
				    "[orders.eu]": { working-limit: 50, concurrency: 20 }
				    orders_us: { working-limit: 51 }
				    OrdersJP:
				      working-limit: 52
				    empty: {}
				""".getBytes(StandardCharsets.UTF_8));
		this.runner.withInitializer((context) -> {
			try {
				new YamlPropertySourceLoader().load("test", yaml)
					.forEach(context.getEnvironment().getPropertySources()::addLast);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}).run((context) -> {
			assertThat(workingLimit(context, "orders.eu")).isEqualTo(50);
			assertThat(workingLimit(context, "orders_us")).isEqualTo(51);
			assertThat(workingLimit(context, "OrdersJP")).isEqualTo(52);
			assertThat(workingLimit(context, "empty")).isEqualTo(1000);
			assertThat(context.getBean(ArqueProperties.class).concurrency("orders.eu")).isEqualTo(20);
		});
	}

	@Test
	void warnsWhenTheNameInAnEnvironmentVariableIsThatOfAnotherQueue(CapturedOutput output) {
		this.runner
			.withInitializer((context) -> TestPropertyValues.of("ARQUE_QUEUES_ORDERSEU_WORKINGLIMIT=50")
				.applyTo(context.getEnvironment(), TestPropertyValues.Type.SYSTEM_ENVIRONMENT))
			.run((context) -> {
				assertThat(workingLimit(context, "orderseu")).isEqualTo(50);
				assertThat(workingLimit(context, "other")).isEqualTo(1000);
				assertThat(output).doesNotContain("has the default settings");
				assertThat(workingLimit(context, "orders_eu")).isEqualTo(1000);
				assertThat(output).contains(
						"Queue orders_eu has the default settings: arque.queues.orderseu.* is for queue orderseu");
			});
	}

	@Test
	void prefersTheQueuesConcurrencyToThatOfAllListeners() {
		this.runner
			.withPropertyValues("arque.listener.concurrency=4", "arque.queues.orders.concurrency=20",
					"arque.queues.mails.concurrency=6")
			.run((context) -> {
				ArqueListenerContainerFactory factory = context.getBean(ArqueListenerContainerFactory.class);
				assertThat(concurrency(factory, "other")).isEqualTo(4);
				assertThat(concurrency(factory, "mails", "orders")).isEqualTo(20);
				assertThat(concurrency(factory, "mails")).isEqualTo(6);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "arque.lisener.concurrency", "arque.enable", "arque.defaults.retry.max-attempt",
			"arque.queues.orders.working-limt", "arque.queues.orders.retry.atempts",
			"arque.queues.orders.eu.concurrency", "arque.metrics.refresh" })
	void failsTheStartForAnUnknownPropertyAndNamesIt(String name) {
		this.runner.withPropertyValues(name + "=5")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining(name));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			arque.queues.orders.working-limit      | 0       | must be at least 1, it is 0
			arque.queues.orders.concurrency        | 10001   | must be 1 to 10000, it is 10001
			arque.queues.orders.partitions         | 0       | must be 1 to 256, it is 0
			arque.queues.orders.partitions         | 257     | must be 1 to 256, it is 257
			arque.queues.orders.lease-duration     | 500ms   | must be 1s to
			arque.queues.orders.retry.multiplier   | 0.5     | must be 1 to 1000, it is 0.5
			arque.queues[orders.eu].working-limit  | -3      | must be at least 1, it is -3
			arque.queues.orders.dead-letter.max-size | -1    | must not be negative, it is -1
			arque.defaults.working-limit           | 0       | must be at least 1, it is 0
			arque.defaults.task-timeout            | 0s      | must be
			arque.defaults.retry.max-attempts      | 70000   | must be 1 to 65535, it is 70000
			arque.listener.concurrency             | 0       | must be 1 to 10000, it is 0
			arque.listener.shutdown-timeout        | -1s     | must
			arque.key-prefix                       | a b     | must match
			arque.max-payload-size                 | 1GB     | must be 1 byte to 512 MB
			arque.sweep-interval                   | -5s     | must be 0 to 36500d, it is PT-5S
			arque.metrics.refresh-interval         | -5s     | must be 0 to 36500d, it is PT-5S
			arque.durability.min-replicas          | -1      | must not be negative
			arque.durability.timeout               | 0s      | must be 1ms to 60s, it is 0s
			""")
	void failsTheStartForABadValueAndNamesTheProperty(String name, String value, String rule) {
		this.runner.withPropertyValues(name + "=" + value)
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining(name + " " + rule));
	}

	@Test
	void bindsPartitionsOfOneQueue() {
		this.runner.withPropertyValues("arque.queues.orders.partitions=6").run((context) -> {
			assertThat(context.getBean(ArqueClient.class).queue("orders").settings().partitions()).isEqualTo(6);
			assertThat(context.getBean(ArqueClient.class).queue("orders").partitions()).extracting(QueuePartition::tag)
				.hasSize(7)
				.contains("orders");
			assertThat(context.getBean(ArqueClient.class).queue("others").partitions()).hasSize(1);
		});
	}

	@Test
	void failsTheStartForAWorkingLimitBelowTheNumberOfPartitions() {
		this.runner.withPropertyValues("arque.defaults.working-limit=5", "arque.queues.orders.partitions=6")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining(
						"arque.queues.orders.working-limit must be at least 6, the number of partitions"));
	}

	@Test
	void failsTheStartForAValueOfTheWrongTypeAndNamesTheProperty() {
		this.runner.withPropertyValues("arque.queues.orders.working-limit=many")
			.run((context) -> assertThat(context.getStartupFailure())
				.hasStackTraceContaining("arque.queues.orders.working-limit"));
	}

	@Test
	void failsTheStartForAQueueNameThatBreaksTheRule() {
		this.runner.withPropertyValues("arque.queues[or ders].working-limit=5")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("arque.queues[or ders]: a queue's name must match [A-Za-z0-9._-]{1,128}"));
	}

	private static int workingLimit(ApplicationContext context, String queue) {
		return context.getBean(ArqueClient.class).queue(queue).settings().workingLimit();
	}

	private static int concurrency(ArqueListenerContainerFactory factory, String... queues) {
		return factory.createContainer(Endpoints.doingNothing(queues)).settings().concurrency();
	}

	private static final QueueSettings OWN = new QueueSettings(50, Duration.ofSeconds(15), Duration.ofSeconds(45),
			new QueueSettings.Retry(7, 2, Duration.ofSeconds(1), 1.5, Duration.ofMinutes(3), Duration.ofMillis(20)),
			new QueueSettings.DeadLetter(11, 2048, Duration.ofDays(4)));

	private static String[] forAll(String prefix) {
		return new String[] { prefix + "working-limit=50", prefix + "lease-duration=15s", prefix + "task-timeout=45s",
				prefix + "retry.max-attempts=7", prefix + "retry.max-crashes=2", prefix + "retry.delay=1s",
				prefix + "retry.multiplier=1.5", prefix + "retry.max-delay=3m", prefix + "retry.jitter=20ms",
				prefix + "dead-letter.max-size=11", prefix + "dead-letter.max-bytes=2KB",
				prefix + "dead-letter.retention=4d" };
	}

}
