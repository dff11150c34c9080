package io.arque.samples.quickstart;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link QuickstartApplication}, on its embedded Redis or the one that
 * {@code arque.test.redis.url} names.
 */
@ExtendWith(OutputCaptureExtension.class)
class QuickstartApplicationTests {

	@Test
	void countedRunLosesNothing(CapturedOutput output) throws Exception {
		String url = System.getProperty("arque.test.redis.url", System.getenv("ARQUE_TEST_REDIS_URL"));
		String[] args = (url != null) ? new String[] { "--spring.data.redis.url=" + url } : new String[0];
		int exitCode = QuickstartApplication.runCounted(40, args);
		assertThat(output.getOut().lines().filter((line) -> line.contains("  redis  "))).singleElement()
			.asString()
			.contains((url != null) ? "given, at " : "embedded, on 127.0.0.1:");
		assertThat(output.getOut().lines()).last().isEqualTo("enqueued=40 released=35 failed=5 lost=0");
		assertThat(exitCode).isZero();
	}

	@Test
	void whatIsNeitherReleasedNorFailedIsLost() {
		CountedRun.Outcome outcome = new CountedRun.Outcome(40, 34, 5, true);
		assertThat(outcome).hasToString("enqueued=40 released=34 failed=5 lost=1");
		assertThat(outcome.exitCode()).isEqualTo(1);
	}

	@Test
	void runThatDidNotEndFails() {
		assertThat(new CountedRun.Outcome(0, 0, 0, false).exitCode()).isEqualTo(1);
	}

	@Test
	void runsUntilStoppedWithoutTheOption() {
		assertThat(CountedRun.tasks("--spring.data.redis.port=6390")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "url=redis://localhost:1", "host=localhost", "port=1", "sentinel.master=one",
			"cluster.nodes=localhost:1", "cluster.nodes[0]=localhost:1" })
	void startsNoRedisWhereOneIsGiven(String property) {
		new ApplicationContextRunner().withUserConfiguration(EmbeddedRedis.class)
			.withPropertyValues("spring.data.redis." + property)
			.run((context) -> assertThat(context).doesNotHaveBean(EmbeddedRedis.class));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 200, 10000 })
	void takesNumberOfTasks(int tasks) {
		assertThat(CountedRun.tasks("--tasks=" + tasks)).hasValue(tasks);
	}

	@ParameterizedTest
	@ValueSource(strings = { "--tasks", "--tasks=", "--tasks=0", "--tasks=-1", "--tasks=many", "--tasks=10001",
			"--tasks=99999999999" })
	void refusesWhatIsNoNumberOfTasks(String arg) {
		assertThatIllegalArgumentException().isThrownBy(() -> CountedRun.tasks(arg))
			.withMessageStartingWith("--tasks must be a number from 1 to 10000, such as --tasks=200; it is '");
	}

}
