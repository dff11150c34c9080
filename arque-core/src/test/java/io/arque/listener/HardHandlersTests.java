package io.arque.listener;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.redis.RedisQueue;
import io.arque.test.LogCapture;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * Handlers that do what no handler should: the others go on, and nothing is lost.
 */
class HardHandlersTests {

	private static final QueueSettings SETTINGS = new QueueSettings(50, Duration.ofSeconds(20), Duration.ofMinutes(10),
			new QueueSettings.Retry(2, 2, Duration.ofMillis(10), 1, Duration.ofMillis(10), Duration.ZERO),
			QueueSettings.DeadLetter.DEFAULTS);

	private final String queue = TestApplication.newQueue();

	private final Set<String> done = ConcurrentHashMap.newKeySet();

	private final CountDownLatch end = new CountDownLatch(1);

	/** The thread of the handler that a test is about. */
	private volatile Thread thread;

	@RegisterExtension
	final TestApplication application = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
			new ContainerSettings(1, AckMode.AUTO, true, Duration.ofSeconds(1), false), ArqueMetrics.NONE);

	@Test
	void errorThatOverflowsTheStackWhenItIsPrintedEndsTheAttempt() {
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (task.payload().text().equals("bad")) {
				throw new AssertionError() {

					@Override
					public String getMessage() {
						return toString();
					}

				};
			}
			this.done.add(task.payload().text());
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			this.application.template().enqueueAll(this.queue, List.of("bad", "good"));
			await().until(() -> this.done.contains("good"));
			await().until(() -> queue().stats().failed() == 1);
			this.application.stopListeners();
			assertThat(log.complaints(" attempt ")).as("one line an attempt").hasSize(2);
		}
	}

	@Test
	void handlerThatNeverReturnsKeepsOneOfThePermitsAndNoStopFromEnding() {
		TestApplication two = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
				new ContainerSettings(2, AckMode.AUTO, true, Duration.ofSeconds(1), false), ArqueMetrics.NONE);
		ArqueListenerContainer container = two.listen(this.queue, (task, acknowledgement) -> {
			this.done.add(task.payload().text());
			if (task.payload().text().equals("never")) {
				this.thread = Thread.currentThread();
				ignoreInterrupts();
			}
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			String id = two.template().enqueue(this.queue, "never");
			two.template().enqueueAll(this.queue, List.of("one", "two", "three"));
			await().until(() -> this.done.size() == 4 && queue().stats().tasks() == 1);
			two.close();
			assertThat(container.isRunning()).isFalse();
			assertThat(queue().task(id).orElseThrow().delivery().attempt()).isZero();
			Thread stubborn = this.thread;
			this.end.countDown();
			await().until(() -> !stubborn.isAlive());
			assertThatOneWasHandedBack(log);
		}
	}

	@Test
	void handlerMayStopTheContainersThatItRunsIn() {
		this.application.listen(this.queue, (task, acknowledgement) -> {
			if (this.done.add(task.payload().text()) && this.done.size() == 1) {
				this.thread = Thread.currentThread();
				this.application.stopListeners();
			}
		});
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			this.application.template().enqueueAll(this.queue, List.of("stops", "waits"));
			await().until(() -> !this.done.isEmpty() && queue().stats().pending() == 2);
			assertThat(queue().stats().failed()).isZero();
			Thread stopping = this.thread;
			await().until(() -> !stopping.isAlive());
			assertThatOneWasHandedBack(log);
		}
		this.application.startListeners();
		await().until(() -> queue().stats().tasks() == 0);
		assertThat(this.done).containsExactlyInAnyOrder("stops", "waits");
	}

	@Test
	void aNewThreadHasNothingOfTheHandlerThatHappenedToStartIt() {
		InheritableThreadLocal<String> left = new InheritableThreadLocal<>();
		ClassLoader foreign = new ClassLoader() {
		};
		CountDownLatch together = new CountDownLatch(3);
		TestApplication three = new TestApplication(RedisServers.connectionFactory(), SETTINGS,
				new ContainerSettings(3, AckMode.AUTO, true, Duration.ofSeconds(1), false), ArqueMetrics.NONE);
		three.listen(this.queue, (task, acknowledgement) -> {
			if (task.payload().text().equals("leaves")) {
				left.set("left");
				Thread.currentThread().setContextClassLoader(foreign);
				this.done.add(Thread.currentThread().getName());
				return;
			}
			together.countDown();
			together.await();
			boolean inherits = left.get() != null || Thread.currentThread().getContextClassLoader() == foreign;
			this.done.add(Thread.currentThread().getName() + (inherits ? " inherits" : ""));
		});
		three.template().enqueue(this.queue, "leaves");
		await().until(() -> queue().stats().tasks() == 0);
		String first = this.done.iterator().next();
		await("it can be given a task again").until(() -> Thread.getAllStackTraces()
			.keySet()
			.stream()
			.anyMatch((thread) -> thread.getName().equals(first) && thread.getState() == Thread.State.TIMED_WAITING));
		three.template().enqueueAll(this.queue, List.of("a", "b", "c"));
		await().until(() -> queue().stats().tasks() == 0);
		three.close();
		assertThat(this.done).contains(first + " inherits").hasSize(4);
		assertThat(this.done).filteredOn((thread) -> thread.endsWith(" inherits")).hasSize(1);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void aVirtualThreadHasNothingOfTheHandlerThatHappenedToStartIt() {
		InheritableThreadLocal<String> left = new InheritableThreadLocal<>();
		Set<String> inherited = ConcurrentHashMap.newKeySet();
		TestApplication virtual = new TestApplication(RedisServers.connectionFactory(), QueueSettings.DEFAULTS,
				new ContainerSettings(100, AckMode.AUTO, true, Duration.ofSeconds(1), true), ArqueMetrics.NONE);
		virtual.template().enqueueAll(this.queue, Collections.nCopies(20_000, "x"));
		virtual.listen(this.queue, (task, acknowledgement) -> {
			if (left.get() != null) {
				inherited.add(task.id());
			}
			left.set(task.id());
			this.done.add(task.id());
		});
		await().atMost(Duration.ofMinutes(1)).until(() -> this.done.size() == 20_000);
		virtual.close();
		assertThat(inherited).isEmpty();
	}

	private void assertThatOneWasHandedBack(LogCapture log) {
		assertThat(log.complaints(this.queue)).singleElement(STRING).contains("1 tasks still ran");
	}

	private void ignoreInterrupts() {
		while (true) {
			try {
				if (this.end.await(1, TimeUnit.MINUTES)) {
					return;
				}
			}
			catch (InterruptedException ex) {
				// as bad handlers do
			}
		}
	}

	private RedisQueue queue() {
		return this.application.queue(this.queue);
	}

}
