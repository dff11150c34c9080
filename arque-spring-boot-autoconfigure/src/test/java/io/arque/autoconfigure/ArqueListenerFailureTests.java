package io.arque.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.PostponeTaskException;
import io.arque.RejectTaskException;
import io.arque.annotation.ArqueListener;
import io.arque.listener.Acknowledgement;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of tasks whose handler fails.
 */
class ArqueListenerFailureTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("failing");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue, "arque.queues." + this.queue + ".retry.max-attempts=2");

	@Test
	void isTriedAgainAndMovesToFailedAfterTheLastAttempt() {
		this.runner.withUserConfiguration(Failing.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "task");
			this.recorder.assertThatNextIs(id, 1);
			this.recorder.assertThatNextIs(id, 2);
			FailedTask failed = awaitFailed(context, id);
			assertThat(failed.error().type()).isEqualTo(IllegalStateException.class.getName());
			assertThat(failed.error().message()).isEqualTo("Fails on purpose");
			assertThat(failed.payload().text()).isEqualTo("task");
			assertThat(failed.delivery().attempt()).isEqualTo(2);
		});
	}

	@Test
	void prefersTheTasksOwnAttemptsToThoseOfTheQueue() {
		this.runner.withUserConfiguration(Failing.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "task", EnqueueOptions.none().withMaxAttempts(1));
			this.recorder.assertThatNextIs(id, 1);
			assertThat(awaitFailed(context, id).delivery().attempt()).isEqualTo(1);
		});
	}

	@Test
	void movesToFailedAtOnceWhenTheHandlerRejectsIt() {
		this.runner.withUserConfiguration(Rejecting.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "task");
			FailedTask failed = awaitFailed(context, id);
			assertThat(failed.error().message()).isEqualTo("No such article");
			assertThat(failed.delivery().attempt()).isEqualTo(1);
		});
	}

	@Test
	void countsNoAttemptWhenTheHandlerPostponesIt() {
		this.runner.withUserConfiguration(Postponing.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "task");
			for (int i = 0; i < 4; i++) {
				this.recorder.assertThatNextIs(id, 1);
			}
			awaitGone(context);
		});
	}

	@Test
	void interruptsAHandlerAtTheTimeoutAndTriesAgain() {
		this.runner.withUserConfiguration(Slow.class)
			.withPropertyValues("arque.queues." + this.queue + ".task-timeout=200ms",
					"arque.queues." + this.queue + ".retry.max-attempts=20")
			.run((context) -> {
				arque(context).enqueue(this.queue, "task");
				this.recorder.assertThatNextIs("interrupted", 1);
				this.recorder.assertThatNextIs("done", 2);
				awaitGone(context);
			});
	}

	@Test
	void movesAnUnreadablePayloadToFailedAsItIs() {
		this.runner.withUserConfiguration(Reading.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "{not json");
			FailedTask failed = awaitFailed(context, id);
			assertThat(failed.payload().text()).isEqualTo("{not json");
			assertThat(failed.error().message()).contains("Article");
			arque(context).enqueue(this.queue, new Article("book"));
			this.recorder.assertThatNextIs(new Article("book"));
		});
	}

	@Test
	void requeuesAndRejectsByHand() {
		this.runner.withUserConfiguration(Manual.class).run((context) -> {
			String id = arque(context).enqueue(this.queue, "task");
			this.recorder.assertThatNextIs(id, 1);
			this.recorder.assertThatNextIs(id, 2);
			assertThat(awaitFailed(context, id).error().message()).isEqualTo("by hand");
		});
	}

	private static ArqueOperations arque(ApplicationContext context) {
		return context.getBean(ArqueOperations.class);
	}

	private FailedTask awaitFailed(ApplicationContext context, String id) {
		await().atMost(Recorder.LONG)
			.untilAsserted(() -> assertThat(arque(context).queue(this.queue).failed().get(id)).isPresent());
		return arque(context).queue(this.queue).failed().get(id).orElseThrow();
	}

	private void awaitGone(ApplicationContext context) {
		await().atMost(Recorder.LONG)
			.untilAsserted(() -> assertThat(arque(context).queue(this.queue).stats().tasks()).isZero());
		assertThat(arque(context).queue(this.queue).stats().failed()).isZero();
	}

	record Article(String name) {
	}

	record Failing(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(LeasedTask task) {
			this.recorder.tell(task.id(), task.attempt());
			throw new IllegalStateException("Fails on purpose");
		}

	}

	record Rejecting() {

		@ArqueListener("${test.queue}")
		void handle(LeasedTask task) {
			if (task.attempt() == 1) {
				throw new RejectTaskException("No such article");
			}
		}

	}

	static class Postponing {

		private final Recorder recorder;

		private int calls;

		Postponing(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener(queues = "${test.queue}", concurrency = "1")
		synchronized void handle(LeasedTask task) {
			this.recorder.tell(task.id(), task.attempt());
			if (++this.calls < 4) {
				throw new PostponeTaskException(Duration.ofMillis(10));
			}
		}

	}

	record Slow(Recorder recorder) {

		@ArqueListener(queues = "${test.queue}", concurrency = "1")
		void handle(LeasedTask task) throws InterruptedException {
			if (task.attempt() == 1) {
				try {
					new CountDownLatch(1).await(1, TimeUnit.MINUTES);
				}
				catch (InterruptedException ex) {
					this.recorder.tell("interrupted", 1);
					throw ex;
				}
			}
			this.recorder.tell("done", task.attempt());
		}

	}

	record Reading(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(Article article) {
			this.recorder.tell(article);
		}

	}

	record Manual(Recorder recorder) {

		@ArqueListener(queues = "${test.queue}", ackMode = "MANUAL")
		void handle(LeasedTask task, Acknowledgement acknowledgement) {
			this.recorder.tell(task.id(), task.attempt());
			if (task.attempt() == 1) {
				acknowledgement.requeue(Duration.ofMillis(10));
			}
			else {
				acknowledgement.reject("by hand");
			}
		}

	}

}
