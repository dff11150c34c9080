package io.arque.listener;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.test.LogCapture;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * What becomes of a task, and of its permit, when the task's time-out is over. The
 * listener has one permit.
 */
class OverdueTests {

	/** Yet long enough for a busy machine to begin with a task. */
	private static final EnqueueOptions BRIEF = EnqueueOptions.none()
		.withTaskTimeout(Duration.ofSeconds(2))
		.withMaxAttempts(1);

	private final String queue = TestApplication.newQueue();

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(), QueueSettings.DEFAULTS,
			ContainerSettings.DEFAULTS.withConcurrency(1), ArqueMetrics.NONE);

	@Test
	void overrunningHandlerIsInterruptedAndCountsAsFailedAttempt() {
		List<Integer> attempts = Collections.synchronizedList(new ArrayList<>());
		AtomicInteger interrupted = new AtomicInteger();
		this.application.listen(this.queue, (task, acknowledgement) -> {
			attempts.add(task.attempt());
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.incrementAndGet();
				throw new IllegalStateException(new UncheckedIOException(new IOException(ex))); // as
																								// clients
																								// do
			}
		});
		String id;
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			id = this.application.template().enqueue(this.queue, "x", BRIEF.withMaxAttempts(2));
			await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(id)).isPresent());
			await().untilAsserted(() -> assertThat(interrupted).hasValue(2));
			assertThat(attempts).containsExactly(1, 2);
			this.application.stopListeners();
			assertThat(log.complaints(this.queue)).as("one line an attempt").hasSize(2);
		}
		assertThat(this.application.queue(this.queue).failed().get(id).orElseThrow().error().type())
			.isEqualTo("java.util.concurrent.TimeoutException");
	}

	@Test
	void handlerThatIgnoresItsInterruptKeepsItsPermitAndHealthSaysSo() {
		AtomicBoolean stubborn = new AtomicBoolean(true);
		Set<String> started = ConcurrentHashMap.newKeySet();
		ArqueListenerContainer container = this.application.listen(this.queue, (task, acknowledgement) -> {
			started.add(task.payload().text());
			while (stubborn.get()) {
				Thread.onSpinWait();
			}
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			String overdue = this.application.template().enqueue(this.queue, "stubborn", BRIEF);
			await().untilAsserted(() -> assertThat(container.health().overdue()).isEqualTo(1));
			await()
				.untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(overdue)).isPresent());
			this.application.template().enqueue(this.queue, "next");
			await().during(Duration.ofSeconds(1)).until(() -> started.equals(Set.of("stubborn")));
			assertThat(this.application.queue(this.queue).stats().pending()).isEqualTo(1);
			stubborn.set(false);
			await().until(() -> started.contains("next"));
			assertThat(container.health().overdue()).isZero();
			this.application.stopListeners();
			assertThat(log.complaints(this.queue)).singleElement(STRING)
				.contains(overdue + " moved to failed at attempt 1");
		}
	}

	@Test
	void handlerThatGoesOnAfterItHasSettledItsTaskIsInterruptedWhenItsTimeIsOver() {
		AtomicBoolean stubborn = new AtomicBoolean(true);
		AtomicInteger interrupted = new AtomicInteger();
		ArqueListenerContainer container = this.application.listen(List.of(this.queue), (task, acknowledgement) -> {
			acknowledgement.release();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				interrupted.incrementAndGet();
			}
			while (stubborn.get()) {
				Thread.onSpinWait();
			}
		}, AckMode.MANUAL);
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			this.application.template().enqueue(this.queue, "x", BRIEF);
			await().until(() -> container.health().overdue() == 1);
			await().until(() -> interrupted.get() == 1);
			await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
			assertThat(log.complaints(this.queue)).singleElement()
				.satisfies((line) -> assertThat(line).contains("though it has settled the task"));
		}
		stubborn.set(false);
		await().until(() -> container.health().overdue() == 0);
	}

	@Test
	void handlerThatHasLostItsLeaseAndGoesOnIsOverdue() {
		AtomicBoolean stubborn = new AtomicBoolean(true);
		QueueSettings brief = new QueueSettings(10, Duration.ofSeconds(1), Duration.ofMinutes(5),
				QueueSettings.Retry.DEFAULTS, QueueSettings.DeadLetter.DEFAULTS);
		List<LeasedTask> leased = Collections.synchronizedList(new ArrayList<>());
		try (TestApplication own = new TestApplication(brief)) {
			ArqueListenerContainer container = own.listen(this.queue, (task, acknowledgement) -> {
				leased.add(task);
				while (stubborn.get() && task.attempt() == 1) {
					Thread.onSpinWait();
				}
			});
			own.template().enqueue(this.queue, "x");
			await().until(() -> !leased.isEmpty());
			await().until(() -> { // again, if it was renewed just now
				own.expire(List.copyOf(leased));
				own.queue(this.queue).sweep();
				return container.health().overdue() == 1;
			});
			stubborn.set(false);
			await().until(() -> container.health().overdue() == 0);
		}
	}

	@Test
	void taskThatIsNeverSettledByHandKeepsItsPermitUntilItsTimeIsOver() throws Exception {
		LinkedBlockingQueue<Acknowledgement> acknowledgements = new LinkedBlockingQueue<>();
		this.application.listen(List.of(this.queue), (task, acknowledgement) -> {
			if (task.payload().text().equals("next")) {
				acknowledgements.add(acknowledgement);
				acknowledgement.release();
			}
			else {
				acknowledgements.add(acknowledgement); // and returns
			}
		}, AckMode.MANUAL);
		String forgotten = this.application.template()
			.enqueue(this.queue, "forgotten", BRIEF.withTaskTimeout(Duration.ofSeconds(2)));
		Acknowledgement first = acknowledgements.poll(20, TimeUnit.SECONDS);
		this.application.template().enqueue(this.queue, "next");
		assertThat(acknowledgements.poll(20, TimeUnit.SECONDS)).isNotNull();
		assertThatIllegalStateException().as("its time was over before the next was started")
			.isThrownBy(first::release);
		await().untilAsserted(() -> assertThat(this.application.queue(this.queue).failed().get(forgotten))
			.hasValueSatisfying(
					(failed) -> assertThat(failed.error().type()).isEqualTo("java.util.concurrent.TimeoutException")));
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
	}

}
