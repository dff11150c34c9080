package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.DequeueResult;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.annotation.ArqueListener;
import io.arque.listener.AckMode;
import io.arque.listener.Acknowledgement;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerContainerCustomizer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.redis.ArqueClient;
import io.arque.testing.ArqueTester;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table of docs/configuration.md, a test for each row, from the weakest to the
 * strongest.
 */
class PrecedenceTests {

	private final String queue = TestContexts.newQueue("precedence");

	private final String own = "arque.queues." + this.queue + ".";

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withPropertyValues("test.queue=" + this.queue);

	@Test
	void maxAttemptsOfTheTaskBeatTheQueuesAndThoseBeatTheDefaults() {
		ApplicationContextRunner failing = this.runner.withBean(Failing.class)
			.withPropertyValues("arque.defaults.retry.max-attempts=2");
		failing.run((context) -> assertThat(attempts(context, EnqueueOptions.none())).isEqualTo(2));
		failing.withPropertyValues(this.own + "retry.max-attempts=4").run((context) -> {
			assertThat(attempts(context, EnqueueOptions.none())).isEqualTo(4);
			assertThat(attempts(context, EnqueueOptions.none().withMaxAttempts(5))).isEqualTo(5);
			assertThat(attempts(context, EnqueueOptions.none().withMaxAttempts(1))).isEqualTo(1);
		});
	}

	@Test
	void taskTimeoutOfTheTaskBeatsTheQueuesAndThatBeatsTheDefaults() {
		ApplicationContextRunner hanging = this.runner.withBean(Hanging.class)
			.withPropertyValues("arque.defaults.retry.max-attempts=1", "arque.defaults.task-timeout=210ms");
		hanging.run((context) -> assertThat(timeoutError(context, EnqueueOptions.none())).endsWith("PT0.21S"));
		hanging.withPropertyValues(this.own + "task-timeout=320ms").run((context) -> {
			assertThat(timeoutError(context, EnqueueOptions.none())).endsWith("PT0.32S");
			assertThat(timeoutError(context, EnqueueOptions.none().withTaskTimeout(Duration.ofMillis(430))))
				.endsWith("PT0.43S");
		});
	}

	@Test
	void concurrencyOfACustomizerBeatsTheAnnotationsThenTheQueuesThenThatOfAllListeners() {
		ApplicationContextRunner listening = this.runner.withBean(Plain.class)
			.withBean(Annotated.class)
			.withPropertyValues("arque.listener.concurrency=4");
		listening.run((context) -> assertThat(container(context, "plain").settings().concurrency()).isEqualTo(4));
		listening.withPropertyValues(this.own + "concurrency=7").run((context) -> {
			assertThat(container(context, "plain").settings().concurrency()).isEqualTo(7);
			assertThat(container(context, "annotated").settings().concurrency()).isEqualTo(6);
		});
		listening.withPropertyValues(this.own + "concurrency=7")
			.withBean(ArqueListenerContainerCustomizer.class,
					() -> (container) -> container.settings(container.settings().withConcurrency(9)))
			.run((context) -> assertThat(container(context, "annotated").settings().concurrency()).isEqualTo(9));
	}

	@Test
	void concurrencyOfSeveralQueuesIsTheLargest() {
		this.runner.withBean(Several.class)
			.withPropertyValues("arque.listener.concurrency=30", this.own + "concurrency=3",
					"arque.queues." + this.queue + "-other.concurrency=8")
			.run((context) -> assertThat(container(context, "several").settings().concurrency()).isEqualTo(8));
	}

	@Test
	void ackModeOfTheAnnotationBeatsThatOfAllListeners() {
		this.runner.withBean(Annotated.class)
			.withBean(Acknowledging.class)
			.withPropertyValues("arque.listener.ack-mode=manual")
			.run((context) -> {
				assertThat(container(context, "annotated").settings().ackMode()).isEqualTo(AckMode.AUTO);
				assertThat(container(context, "acknowledging").settings().ackMode()).isEqualTo(AckMode.MANUAL);
			});
	}

	@Test
	void autoStartupOfTheAnnotationBeatsThatOfAllListeners() {
		this.runner.withBean(Plain.class)
			.withBean(Annotated.class)
			.withPropertyValues("arque.listener.auto-startup=false", "test.start=true")
			.run((context) -> {
				assertThat(container(context, "plain").isRunning()).isFalse();
				assertThat(container(context, "annotated").isRunning()).isTrue();
			});
	}

	@Test
	void workingLimitSetAtRunTimeBeatsTheQueuesAndThatBeatsTheDefaults() {
		ApplicationContextRunner limited = this.runner.withPropertyValues("arque.defaults.working-limit=2");
		limited.run((context) -> {
			fill(context);
			assertThat(takeAndHandBack(context)).isEqualTo(2);
		});
		limited.withPropertyValues(this.own + "working-limit=5").run((context) -> {
			assertThat(takeAndHandBack(context)).isEqualTo(5);
			queue(context).workingLimit(3);
			assertThat(takeAndHandBack(context)).isEqualTo(3);
			queue(context).workingLimit(8);
			assertThat(takeAndHandBack(context)).isEqualTo(8);
			queue(context).resetWorkingLimit();
			assertThat(takeAndHandBack(context)).isEqualTo(5);
		});
	}

	@Test
	void eachInstanceHonoursItsOwnWorkingLimitUnlessOneIsSetAtRunTime() {
		this.runner.withPropertyValues(this.own + "working-limit=6")
			.run((large) -> this.runner.withPropertyValues(this.own + "working-limit=4").run((small) -> {
				fill(large);
				assertThat(queue(small).dequeue(9, Duration.ZERO).tasks()).hasSize(4);
				assertThat(queue(large).dequeue(9, Duration.ZERO).tasks()).hasSize(2);
				assertThat(queue(small).dequeue(9, Duration.ZERO).reason()).isEqualTo(DequeueResult.Reason.THROTTLED);
				queue(small).workingLimit(7);
				assertThat(queue(large).dequeue(9, Duration.ZERO).tasks()).hasSize(1);
			}));
	}

	@Test
	void pauseAtRunTimeBeatsEveryLimit() {
		this.runner.withPropertyValues(this.own + "working-limit=5").run((context) -> {
			fill(context);
			queue(context).workingLimit(9);
			queue(context).pause();
			DequeueResult paused = queue(context).dequeue(9, Duration.ZERO);
			assertThat(paused.tasks()).isEmpty();
			assertThat(paused.reason()).isEqualTo(DequeueResult.Reason.PAUSED);
			queue(context).resume();
			assertThat(takeAndHandBack(context)).isEqualTo(9);
		});
	}

	@Test
	void everythingElseOfAQueueBeatsTheDefaultsKeyByKey() {
		this.runner
			.withPropertyValues("arque.defaults.lease-duration=17s", "arque.defaults.retry.max-crashes=8",
					"arque.defaults.retry.multiplier=3.5", "arque.defaults.dead-letter.max-size=44",
					"arque.defaults.dead-letter.retention=6d", this.own + "lease-duration=19s",
					this.own + "retry.multiplier=1.25", this.own + "dead-letter.max-size=55")
			.run((context) -> {
				QueueSettings settings = context.getBean(ArqueClient.class).queue(this.queue).settings();
				assertThat(settings.leaseDuration()).isEqualTo(Duration.ofSeconds(19));
				assertThat(settings.retry().multiplier()).isEqualTo(1.25);
				assertThat(settings.deadLetter().maxSize()).isEqualTo(55);
				assertThat(settings.retry().maxCrashes()).isEqualTo(8);
				assertThat(settings.deadLetter().retention()).isEqualTo(Duration.ofDays(6));
			});
	}

	private int attempts(ApplicationContext context, EnqueueOptions options) {
		return failed(context, options).delivery().attempt();
	}

	private String timeoutError(ApplicationContext context, EnqueueOptions options) {
		return failed(context, options).error().message();
	}

	private FailedTask failed(ApplicationContext context, EnqueueOptions options) {
		String id = context.getBean(ArqueOperations.class).enqueue(this.queue, "x", options);
		new ArqueTester(context.getBean(ArqueClient.class)).drain(this.queue, Recorder.LONG);
		return queue(context).failed().get(id).orElseThrow();
	}

	private void fill(ApplicationContext context) {
		context.getBean(ArqueOperations.class).enqueueAll(this.queue, IntStream.range(0, 12).boxed().toList());
	}

	private int takeAndHandBack(ApplicationContext context) {
		List<LeasedTask> tasks = queue(context).dequeue(11, Duration.ZERO).tasks();
		queue(context).handBack(tasks.toArray(LeasedTask[]::new));
		return tasks.size();
	}

	private ArqueQueue queue(ApplicationContext context) {
		return context.getBean(ArqueOperations.class).queue(this.queue);
	}

	private static ArqueListenerContainer container(ApplicationContext context, String id) {
		return context.getBean(ArqueListenerEndpointRegistry.class).getContainer(id);
	}

	static class Plain {

		@ArqueListener(id = "plain", queues = "${test.queue}")
		void handle(String payload) {
		}

	}

	static class Annotated {

		@ArqueListener(id = "annotated", queues = "${test.queue}", concurrency = "6", ackMode = "auto",
				autoStartup = "${test.start:false}")
		void handle(String payload) {
		}

	}

	static class Acknowledging {

		@ArqueListener(id = "acknowledging", queues = "${test.queue}")
		void handle(String payload, Acknowledgement acknowledgement) {
		}

	}

	static class Several {

		@ArqueListener(id = "several", queues = { "${test.queue}", "${test.queue}-other" })
		void handle(String payload) {
		}

	}

	static class Failing {

		@ArqueListener("${test.queue}")
		void handle(String payload) {
			throw new IllegalStateException("refused");
		}

	}

	static class Hanging {

		@ArqueListener("${test.queue}")
		void handle(String payload) throws InterruptedException {
			new Semaphore(0).acquire(); // the work
		}

	}

}
