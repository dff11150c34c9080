package io.arque.docs;

import java.time.Duration;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import io.arque.ArqueOperations;
import io.arque.docs.Examples.Email;
import io.arque.redis.ArqueClient;
import io.arque.testing.ArqueTester;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An application's own tests on a Redis or Valkey in a container, of which Spring Boot
 * takes the address.
 */
@EnabledIf(value = "dockerAnswers", disabledReason = "no Docker engine answers")
class ServiceConnectionTests {

	private static final Logger logger = LoggerFactory.getLogger(ServiceConnectionTests.class);

	static boolean dockerAnswers() {
		return DockerClientFactory.instance().isDockerAvailable();
	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class)
	@Import({ OnLoopback.class, Examples.Testing.RedisContainer.class })
	class OnRedis {

		@Test
		void handlersWorkOnTheContainer(@Autowired ArqueOperations arque, @Autowired ArqueClient client,
				@Autowired DataRedisConnectionDetails details, @Autowired RedisConnectionFactory connections) {
			assertWorks(arque, client, details, connections, "redis_version");
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class)
	@Import({ OnLoopback.class, ValkeyContainer.class })
	class OnValkey {

		@Test
		void handlersWorkOnTheContainer(@Autowired ArqueOperations arque, @Autowired ArqueClient client,
				@Autowired DataRedisConnectionDetails details, @Autowired RedisConnectionFactory connections) {
			assertWorks(arque, client, details, connections, "valkey_version");
		}

	}

	private void assertWorks(ArqueOperations arque, ArqueClient client, DataRedisConnectionDetails details,
			RedisConnectionFactory connections, String version) {
		try (RedisConnection connection = connections.getConnection()) {
			String told = connection.serverCommands().info("server").getProperty(version);
			logger.info("Tests run on a container at port {}: {} {}", details.getStandalone().getPort(), version, told);
			assertThat(told).isNotNull();
		}
		ArqueTester tester = new ArqueTester(client);
		arque.enqueue("emails", new Email("ada@example.org", "Welcome"));
		tester.awaitDrained("emails", Duration.ofSeconds(20));
		assertThat(arque.queue("emails").failed().list(0, 1)).isEmpty();
	}

	@EnableAutoConfiguration
	static class Application extends TestingPageTests.Application {

	}

	@TestConfiguration(proxyBeanMethods = false)
	static class ValkeyContainer {

		@Bean
		@ServiceConnection("redis")
		GenericContainer<?> valkey() {
			return new GenericContainer<>("valkey/valkey:8.0").withExposedPorts(6379);
		}

	}

	/**
	 * By default a published port listens on every address of the machine.
	 */
	@TestConfiguration(proxyBeanMethods = false)
	static class OnLoopback {

		@Bean
		static BeanPostProcessor loopbackOnly() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessBeforeInitialization(Object bean, String beanName) {
					if (bean instanceof GenericContainer<?> container) {
						container.withCreateContainerCmdModifier((create) -> create.getHostConfig()
							.withPortBindings(
									new PortBinding(Ports.Binding.bindIp("127.0.0.1"), ExposedPort.tcp(6379))));
					}
					return bean;
				}

			};
		}

	}

}
