package io.arque.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.annotation.ArqueListener;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.test.LogCapture;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Payloads that no handler's parameter can be made of: each goes to failed as it is, and
 * the next task is handled.
 */
class HostilePayloadTests {

	private static final int MANY = 100_000;

	private static final int MORE_THAN_PERMITS = 12;

	private static boolean trapSprung;

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("hostile");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue, "arque.defaults.retry.max-attempts=1");

	@Test
	void payloadThatIsNoneOfTheParametersTypeGoesToFailedWithItsBytes() {
		this.runner.withUserConfiguration(Orders.class).run((context) -> {
			List<byte[]> payloads = payloads().toList();
			try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
				payloads.forEach((payload) -> arque(context).enqueue(this.queue, payload));
				arque(context).enqueue(this.queue, new Order(7, "pen"));
				this.recorder.assertThatNextIs(new Order(7, "pen"));
				awaitFailed(context, payloads.size());
				context.getBean(ArqueListenerEndpointRegistry.class).stop();
				assertThat(log.complaints(this.queue)).hasSize(payloads.size())
					.allMatch((line) -> line.contains("moved to failed at attempt 1"));
			}
			for (FailedTask failed : arque(context).queue(this.queue).failed().list(0, 100)) {
				assertThat(payloads).anyMatch((payload) -> Arrays.equals(payload, failed.payload().bytes()));
				assertThat(failed.error().message()).contains("Order");
			}
		});
	}

	private static Stream<byte[]> payloads() {
		Stream<String> texts = Stream.of("", " ", "null", "true", "7", "\"text\"", "[]", "[{}]", "{", "{\"number\":",
				"{\"number\":\"seven\"}", "{\"number\":1e999999999}", "{\"number\":" + "9".repeat(2000) + "}",
				"{\"number\":{}}", "{\"name\":[]}", "{\"name\":{\"@class\":\"java.lang.ProcessBuilder\"}}",
				"{\"number\":NaN}", "[".repeat(MANY), "{\"name\":".repeat(MANY), "[\"java.lang.Runtime\",{}]",
				"\uFEFF\uFEFF{}", "{\"name\":\"\uD800", "{}}}}{\"number\":x".substring(4), "<order/>", "{'number':7}");
		return Stream.concat(texts.map((text) -> text.getBytes(StandardCharsets.UTF_8)),
				Stream.of(new byte[] { 0 }, new byte[] { -1, -2, -3 }, new byte[] { (byte) 0x1f, (byte) 0x8b, 8, 0 }));
	}

	@Test
	void taskOfAParameterThatCannotBeMadeGoesToFailed() {
		Map<String, Integer> attempts = Map.of("interface", 1, "abstract", 1, "throwing", 1, "closed", 1, "unloadable",
				2);
		byte[] payload = "{ \"corners\": 3 }".getBytes(StandardCharsets.UTF_8);
		this.runner.withUserConfiguration(Unmakeable.class)
			.withPropertyValues("arque.defaults.retry.max-attempts=2", "arque.defaults.retry.delay=20ms")
			.run((context) -> {
				try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
					attempts.keySet()
						.forEach((name) -> arque(context).enqueueAll(this.queue + "." + name,
								Collections.nCopies(MORE_THAN_PERMITS, payload)));
					attempts.keySet().forEach((name) -> awaitAllFailed(context, name));
					context.getBean(ArqueListenerEndpointRegistry.class).stop();
					attempts.forEach((name, attempt) -> assertThatAllFailed(context, log, name, attempt, payload));
				}
			});
	}

	private void awaitAllFailed(ApplicationContext context, String name) {
		await(name).atMost(Recorder.LONG)
			.untilAsserted(() -> assertThat(arque(context).queue(this.queue + "." + name).stats())
				.satisfies((stats) -> assertThat(stats.failed()).isEqualTo(MORE_THAN_PERMITS))
				.satisfies((stats) -> assertThat(stats.tasks()).isZero()));
	}

	private void assertThatAllFailed(ApplicationContext context, LogCapture log, String name, int attempt,
			byte[] payload) {
		assertThat(arque(context).queue(this.queue + "." + name).failed().list(0, 100)).as(name)
			.hasSize(MORE_THAN_PERMITS)
			.allSatisfy((failed) -> assertThat(failed.delivery().attempt()).isEqualTo(attempt))
			.allSatisfy((failed) -> assertThat(failed.payload().bytes()).isEqualTo(payload));
		List<String> lines = log.complaints("Queue " + this.queue + "." + name + ":");
		assertThat(lines).as("one line an attempt").hasSize(attempt * MORE_THAN_PERMITS);
		assertThat(lines).filteredOn((line) -> line.contains("moved to failed at attempt " + attempt))
			.hasSize(MORE_THAN_PERMITS);
	}

	@Test
	void noClassThatIsNamedInATaskIsLoaded() {
		this.runner.withUserConfiguration(Anything.class).run((context) -> {
			String trap = HostilePayloadTests.class.getName() + "$Trap";
			for (String payload : List.of("{\"@class\":\"%s\"}", "{\"@type\":\"%s\"}", "{\"class\":\"%s\"}",
					"[\"%s\",{}]", "{\"%s\":{}}", "\"%s\"")) {
				arque(context).enqueue(this.queue, payload.formatted(trap),
						EnqueueOptions.none().withHeader("__TypeId__", trap).withHeader("contentType", trap));
			}
			arque(context).enqueue(this.queue, "\"text\"", EnqueueOptions.none().withId(trap));
			await().atMost(Recorder.LONG)
				.untilAsserted(() -> assertThat(arque(context).queue(this.queue).stats().tasks()).isZero());
			assertThat(arque(context).queue(this.queue).stats().failed()).isZero();
			assertThat(trapSprung).isFalse();
			assertThat(Class.forName(trap)).isNotNull();
			assertThat(trapSprung).as("the trap works").isTrue();
		});
	}

	private void awaitFailed(ApplicationContext context, int count) {
		await().atMost(Recorder.LONG)
			.pollInterval(Duration.ofMillis(50))
			.untilAsserted(() -> assertThat(arque(context).queue(this.queue).stats().failed()).isEqualTo(count));
	}

	private static ArqueOperations arque(ApplicationContext context) {
		return context.getBean(ArqueOperations.class);
	}

	record Order(int number, String name) {
	}

	record Orders(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(Order order) {
			this.recorder.tell(order);
		}

	}

	record Anything() {

		@ArqueListener("${test.queue}")
		void handle(Object payload) {
		}

	}

	static final class Trap {

		static {
			trapSprung = true;
		}

	}

	interface Shape {

	}

	abstract static class AbstractShape {

	}

	static class ThrowingShape {

		ThrowingShape() {
			throw new IllegalStateException("no such shape");
		}

	}

	static class UnloadableShape {

		static final int CORNERS = Integer.parseInt("many");

	}

	static final class ClosedShape {

		private ClosedShape(Void nothing) {
		}

	}

	record Unmakeable() {

		@ArqueListener("${test.queue}.interface")
		void shape(Shape shape) {
		}

		@ArqueListener("${test.queue}.abstract")
		void abstractShape(AbstractShape shape) {
		}

		@ArqueListener("${test.queue}.throwing")
		void throwingShape(ThrowingShape shape) {
		}

		@ArqueListener("${test.queue}.unloadable")
		void unloadableShape(UnloadableShape shape) {
		}

		@ArqueListener("${test.queue}.closed")
		void closedShape(ClosedShape shape) {
		}

	}

}
