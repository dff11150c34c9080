package io.arque.autoconfigure;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the log says at the start of time-outs that do not go together.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartWarningsTests {

	private static final String SHUTDOWN = "is not below spring.lifecycle.timeout-per-shutdown-phase";

	private static final String COMMAND = "is above a third of the lease-duration of queue";

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withPropertyValues("arque.listener.auto-startup=false", "spring.data.redis.timeout=3s",
				"arque.queues.warned-slow.lease-duration=9s")
		.withBean(Listener.class, Listener::new);

	@Test
	void saysNothingWhenTimeoutsGoTogether(CapturedOutput output) {
		this.runner.run((context) -> assertThat(output).doesNotContain(SHUTDOWN).doesNotContain(COMMAND));
	}

	@Test
	void warnsOnceOfAShutdownTimeoutThatDoesNotFitIntoThePhase(CapturedOutput output) {
		this.runner
			.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=7s", "arque.listener.shutdown-timeout=7s")
			.run((context) -> assertThat(output).containsOnlyOnce(SHUTDOWN).contains("(PT7S)"));
	}

	@Test
	void warnsOnceOfACommandTimeoutAboveAThirdOfTheShortestLease(CapturedOutput output) {
		this.runner.withPropertyValues("spring.data.redis.timeout=4s")
			.run((context) -> assertThat(output).containsOnlyOnce(COMMAND)
				.contains("The time-out of Redis commands (PT4S)")
				.contains("queue warned-slow (PT9S)")
				.contains("to at most PT3S"));
	}

	@Test
	void warnsOfTheCommandTimeoutThatLettuceHasByDefault(CapturedOutput output) {
		this.runner.withPropertyValues("spring.data.redis.timeout=")
			.run((context) -> assertThat(output).contains("The time-out of Redis commands (PT1M)"));
	}

	@Test
	void leavesTheCommandTimeoutAsItIs() {
		this.runner.withPropertyValues("spring.data.redis.timeout=59s").run((context) -> {
			context.getBean(ArqueOperations.class).queue("warned-slow").stats();
			LettuceConnectionFactory factory = context.getBean(LettuceConnectionFactory.class);
			assertThat(factory.getClientConfiguration().getCommandTimeout()).hasSeconds(59);
		});
	}

	@Test
	void warnsAlsoWhenBeansAreInitializedLazily(CapturedOutput output) {
		this.runner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withPropertyValues("spring.lifecycle.timeout-per-shutdown-phase=6s", "arque.listener.shutdown-timeout=8s")
			.run((context) -> assertThat(output).containsOnlyOnce(SHUTDOWN));
	}

	@Test
	void saysNothingToAnApplicationWithoutListeners(CapturedOutput output) {
		TestContexts.runner()
			.withPropertyValues("spring.data.redis.timeout=50s", "spring.lifecycle.timeout-per-shutdown-phase=1s")
			.run((context) -> assertThat(output).doesNotContain(SHUTDOWN).doesNotContain(COMMAND));
	}

	static class Listener {

		@ArqueListener({ "warned", "warned-slow" })
		void handle(String payload) {
		}

	}

}
