package io.arque.autoconfigure;

import java.nio.charset.StandardCharsets;

import io.arque.redis.ArqueClient;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;

/**
 * Which of several connection factories Arque uses.
 */
class ConnectionFactoryChoiceTests {

	private final ApplicationContextRunner runner = TestContexts.runner();

	@Test
	void usesTheMarkedOne() {
		this.runner.withUserConfiguration(MarkedAndPrimary.class)
			.run(ConnectionFactoryChoiceTests::assertThatEventsAreUsed);
	}

	@Test
	void usesTheMarkedOneAlsoWhenItIsNoCandidateForOthers() {
		this.runner.withUserConfiguration(MarkedAndNoCandidate.class)
			.run(ConnectionFactoryChoiceTests::assertThatEventsAreUsed);
	}

	@Test
	void usesThePrimaryOneWhenNoneIsMarked() {
		this.runner.withUserConfiguration(OnePrimary.class).run(ConnectionFactoryChoiceTests::assertThatEventsAreUsed);
	}

	@Test
	void failsTheStartAndSaysWhatToDoWhenNoneIsMarkedOrPrimary() {
		this.runner.withUserConfiguration(NoneMarked.class).run((context) -> {
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("could use any of these: ")
				.contains("cache")
				.contains("events");
			assertThat(analysis.getAction()).contains("@ArqueConnectionFactory").contains("@Primary");
		});
	}

	@Test
	void failsTheStartAndSaysWhatToDoWhenTwoAreMarked() {
		this.runner.withUserConfiguration(TwoMarked.class).run((context) -> {
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains("cache").contains("events");
			assertThat(analysis.getAction()).contains("only one of them");
		});
	}

	@Test
	void failsTheStartAndSaysWhatToDoWhenThereIsNone() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ArqueAutoConfiguration.class))
			.run((context) -> assertThat(analyze(context.getStartupFailure()).getAction())
				.contains("DataRedisAutoConfiguration")
				.contains("'arque.enabled'"));
	}

	@Test
	void startsWithAFactoryOfTheApplicationAlsoWithoutSpringBootsOwn() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ArqueAutoConfiguration.class))
			.withBean(RedisConnectionFactory.class, ConnectionFactoryChoiceTests::newConnectionFactory)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void needsNoChoiceWhenTheApplicationDefinesTheClient() {
		this.runner.withUserConfiguration(NoneMarked.class)
			.withBean(ArqueClient.class, () -> mock(ArqueClient.class))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static RedisConnectionFactory newConnectionFactory() {
		return new LettuceConnectionFactory(
				LettuceConnectionFactory.createRedisConfiguration(RedisServers.urlOfApplications()));
	}

	private static FailureAnalysis analyze(Throwable failure) {
		return SpringFactoriesLoader.forDefaultResourceLocation().load(FailureAnalyzer.class, (type, name, ex) -> {
			// others want arguments
		})
			.stream()
			.filter((analyzer) -> analyzer.getClass().getName().startsWith("io.arque."))
			.map((analyzer) -> analyzer.analyze(failure))
			.findFirst()
			.orElseThrow();
	}

	private static void assertThatEventsAreUsed(ApplicationContext context) {
		String queue = TestContexts.newQueue("choice");
		context.getBean(ArqueClient.class).queue(queue).workingLimit(5);
		byte[] key = (TestContexts.PREFIX + ":{" + queue + "}:config").getBytes(StandardCharsets.UTF_8);
		try (RedisConnection connection = RedisServers.connectionFactory().getConnection()) {
			assertThat(connection.keyCommands().exists(key)).isTrue();
		}
		verifyNoInteractions(context.getBean("cache"));
	}

	@Configuration(proxyBeanMethods = false)
	static class MarkedAndPrimary {

		@Bean
		@ArqueConnectionFactory
		RedisConnectionFactory events() {
			return newConnectionFactory();
		}

		@Bean
		@Primary
		RedisConnectionFactory cache() {
			return mock();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MarkedAndNoCandidate {

		@Bean(defaultCandidate = false)
		@ArqueConnectionFactory
		RedisConnectionFactory events() {
			return newConnectionFactory();
		}

		@Bean
		RedisConnectionFactory cache() {
			return mock();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OnePrimary {

		@Bean
		@Primary
		RedisConnectionFactory events() {
			return newConnectionFactory();
		}

		@Bean
		RedisConnectionFactory cache() {
			return mock();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NoneMarked {

		@Bean
		RedisConnectionFactory events() {
			return mock();
		}

		@Bean
		RedisConnectionFactory cache() {
			return mock();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoMarked {

		@Bean
		@ArqueConnectionFactory
		RedisConnectionFactory events() {
			return mock();
		}

		@Bean
		@ArqueConnectionFactory
		RedisConnectionFactory cache() {
			return mock();
		}

	}

}
