package io.arque.autoconfigure;

import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.data.redis.connection.RedisConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.mockito.Mockito.mock;

/**
 * What someone reads whose whole application does not start for a mistake in
 * {@code arque.*}.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailedStartReportTests {

	@Test
	void namesAnUnknownProperty(CapturedOutput output) {
		start("--arque.queues.mails.workng-limit=5");
		assertThat(output).contains("APPLICATION FAILED TO START").contains("arque.queues.mails.workng-limit");
	}

	@Test
	void namesABadValueAndWhereItComesFrom(CapturedOutput output) {
		start("--arque.queues.mails.working-limit=0");
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Invalid value '0' for configuration property 'arque.queues.mails.working-limit'"
					+ " (originating from '\"arque.queues.mails.working-limit\" from property source")
			.contains("arque.queues.mails.working-limit must be at least 1, it is 0.");
	}

	@Test
	void saysHowToChooseAConnectionFactory(CapturedOutput output) {
		start((application) -> application.sources(TwoConnectionFactories.class));
		assertThat(output).contains("APPLICATION FAILED TO START").contains("@ArqueConnectionFactory");
	}

	private static void start(String... arguments) {
		start((application) -> {
		}, arguments);
	}

	private static void start(Consumer<SpringApplicationBuilder> more, String... arguments) {
		SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE);
		more.accept(application);
		assertThatException().isThrownBy(() -> application.run(arguments).close());
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	static class TwoConnectionFactories {

		@Bean
		RedisConnectionFactory cache() {
			return mock();
		}

		@Bean
		RedisConnectionFactory events() {
			return mock();
		}

	}

}
