package io.arque.listener;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.arque.ArqueMetrics;
import io.arque.QueueSettings;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.RedisConnectionFailureException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Redis is away, and there is no memory to log that.
 */
class UntoldErrorTests {

	private final String queue = TestApplication.newQueue();

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.arque.listener");

	private final FullAppender appender = new FullAppender();

	private final AtomicInteger runs = new AtomicInteger();

	private final AtomicInteger refused = new AtomicInteger();

	private volatile boolean away = true;

	@RegisterExtension
	final TestApplication application = new TestApplication(
			WatchedScripts.on(RedisServers.ofApplications(RedisServers.connectionFactory()), this::called),
			QueueSettings.DEFAULTS, ContainerSettings.DEFAULTS, ArqueMetrics.NONE);

	@BeforeEach
	void attach() {
		this.appender.start();
		this.logger.addAppender(this.appender);
	}

	@AfterEach
	void detach() {
		this.logger.detachAppender(this.appender);
	}

	@Test
	void loopGoesOnAfterErrorsThatCannotBeLogged() {
		ArqueListenerContainer container = this.application.listen(this.queue,
				(task, acknowledgement) -> this.runs.incrementAndGet());
		this.application.template().enqueue(this.queue, "x");
		await().until(() -> this.appender.ofGuard.get() > 1);
		assertThat(this.appender.ofCalls).as("errors from outside a turn's own catch").hasValueGreaterThan(1);
		this.away = false;
		await().until(() -> this.runs.get() == 1);
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
		await().until(() -> container.health().failure() == null);
	}

	/** Its permits would be gone, and its lease would have to expire. */
	@Test
	void answerIsNotLostWhenTheEndOfAnOutageCannotBeLogged() {
		this.appender.isFull = (event) -> event.getLevel() == Level.INFO;
		this.application.template().enqueue(this.queue, "x");
		this.application.listen(this.queue, (task, acknowledgement) -> this.runs.incrementAndGet());
		await().until(() -> this.refused.get() > 1);
		this.away = false;
		await().until(() -> this.runs.get() == 1);
		await().untilAsserted(
				() -> assertThat(this.appender.ofCalls).as("errors of which nothing was told").hasPositiveValue());
		await().until(() -> this.application.queue(this.queue).stats().tasks() == 0);
	}

	private String loop() {
		return "arque-listener-" + this.queue;
	}

	private void called(byte[][] keysAndArguments) {
		if (this.away && Thread.currentThread().getName().equals(loop())) {
			this.refused.incrementAndGet();
			throw new RedisConnectionFailureException("away");
		}
	}

	/**
	 * Has no room for what the loop complains of.
	 */
	private final class FullAppender extends AppenderBase<ILoggingEvent> {

		private final AtomicInteger ofCalls = new AtomicInteger();

		private final AtomicInteger ofGuard = new AtomicInteger();

		private volatile Predicate<ILoggingEvent> isFull = (event) -> event.getLevel().isGreaterOrEqual(Level.WARN);

		@Override
		protected void append(ILoggingEvent event) {
			if (event.getThreadName().equals(loop()) && this.isFull.test(event)) {
				(event.getMessage().startsWith("{}: failed") ? this.ofGuard : this.ofCalls).incrementAndGet();
				throw new OutOfMemoryError("no room for a line");
			}
		}

	}

}
