package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.PayloadConversionException;
import io.arque.PayloadTooLargeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What users hand in and must not: each is a row of {@code docs/bad-input.md}.
 */
class BadInputTests {

	private static final Duration HUGE = Duration.ofSeconds(Long.MAX_VALUE);

	private static final Duration NEGATIVE = Duration.ofSeconds(-1);

	private static final EnqueueOptions NONE = EnqueueOptions.none();

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final LeasedTask leased = leaseOne();

	private LeasedTask leaseOne() {
		this.fixture.template().enqueue(this.fixture.name(), "working");
		this.fixture.template().enqueue(this.fixture.name(), "failed");
		LeasedTask task = this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
		this.fixture.queue().reject(this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0), "why");
		return task;
	}

	static final List<String> badNames = Arrays.asList("", "x".repeat(129), "a{b}", "{a}", "a b", " ", "a\nb", "a:b",
			"mail😀", "größe", "a/b", "*", "?[a]", "%d", "a\0b", null);

	@ParameterizedTest
	@FieldSource("badNames")
	void queueNameThatBreaksTheRule(String name) {
		ArqueTemplate template = this.fixture.template();
		String value = (name != null) ? name : "null";
		assertRefused(() -> template.enqueue(name, "x"), IllegalArgumentException.class, "ueue", "name", value);
		assertRefused(() -> template.enqueueAll(name, List.of("x")), IllegalArgumentException.class, "name", value);
		assertRefused(() -> template.enqueueAsync(name, "x", NONE), IllegalArgumentException.class, "name", value);
		assertRefused(() -> template.queue(name), IllegalArgumentException.class, "name", value);
	}

	@ParameterizedTest
	@ValueSource(strings = { "..", ".", "-", "_", "a..b", "0" })
	void queueNameThatLooksOddButIsAllowed(String name) {
		assertThat(this.fixture.template().queue(name).stats().tasks()).isZero();
	}

	static final List<Arguments> badOptions = List.of(
			option("id of no bytes", () -> NONE.withId(""), "id", "1 to 512 bytes", "0"),
			option("id of 513 bytes", () -> NONE.withId("x".repeat(513)), "id", "1 to 512 bytes", "513"),
			option("id of 257 letters in 514 bytes", () -> NONE.withId("ä".repeat(257)), "id", "512", "514"),
			option("id of half a character", () -> NONE.withId("a\ud83d"), "id", "UTF-8"),
			option("negative delay", () -> NONE.withDelay(NEGATIVE), "delay", "0s to 36500d", "-1s"),
			option("huge delay", () -> NONE.withDelay(HUGE), "delay", "36500d"),
			option("due before 1970", () -> NONE.withDueAt(Instant.MIN), "dueAt", "1970"),
			option("due in a million years", () -> NONE.withDueAt(Instant.MAX), "dueAt", "2169"),
			option("delay and due time",
					() -> new EnqueueOptions(null, Duration.ZERO, Instant.now(), null, null, Map.of(),
							OnDuplicate.KEEP),
					"delay", "dueAt"),
			option("no time-out", () -> NONE.withTaskTimeout(Duration.ZERO), "taskTimeout", "1ms to 36500d", "0s"),
			option("time-out of a nanosecond", () -> NONE.withTaskTimeout(Duration.ofNanos(1)), "taskTimeout", "1ms"),
			option("negative time-out", () -> NONE.withTaskTimeout(NEGATIVE), "taskTimeout", "-1s"),
			option("huge time-out", () -> NONE.withTaskTimeout(HUGE), "taskTimeout", "36500d"),
			option("no attempts", () -> NONE.withMaxAttempts(0), "maxAttempts", "1 to 65535", "0"),
			option("too many attempts", () -> NONE.withMaxAttempts(65536), "maxAttempts", "65535", "65536"),
			option("header without name", () -> NONE.withHeader(null, "x"), "header", "null"),
			option("header without value", () -> NONE.withHeader("trace", null), "header", "trace", "null"),
			option("header named by half a character", () -> NONE.withHeader("a\ud83d", "x"), "header", "UTF-8"),
			option("header of half a character", () -> NONE.withHeader("trace", "\ude00a"), "header 'trace'", "UTF-8"),
			option("no headers", () -> new EnqueueOptions(null, null, null, null, null, null, OnDuplicate.KEEP),
					"headers", "null"),
			option("no choice", () -> NONE.withOnDuplicate(null), "onDuplicate", "null"));

	private static Arguments option(String name, Runnable call, String... told) {
		return Arguments.of(name, call, told);
	}

	@ParameterizedTest(name = "{0}")
	@FieldSource("badOptions")
	void optionThatBreaksARule(String name, Runnable call, String[] told) {
		assertRefused(call::run, IllegalArgumentException.class, told);
	}

	@ParameterizedTest
	@ValueSource(ints = { 65_530, 100_000 })
	void headersAbove64Kilobytes(int length) {
		EnqueueOptions value = NONE.withHeader("trace", "x".repeat(length));
		EnqueueOptions name = NONE.withHeader("x".repeat(length), "y");
		Map<String, String> many = new HashMap<>();
		for (int i = 0; i < length / 6; i++) {
			many.put("h" + i, "");
		}
		EnqueueOptions sum = new EnqueueOptions(null, null, null, null, null, many, OnDuplicate.KEEP);
		for (EnqueueOptions options : List.of(value, name, sum)) {
			assertRefused(() -> enqueue("x", options), IllegalArgumentException.class, "headers", "64 kB");
		}
	}

	@ParameterizedTest
	@MethodSource("payloads")
	void payloadThatCannotBeSent(Object payload, Class<? extends Exception> expected, String told) {
		assertRefused(() -> enqueue(payload, NONE), expected, told);
		assertRefused(() -> this.fixture.template().enqueueAsync(this.fixture.name(), payload, NONE), expected, told);
		assertRefused(
				() -> this.fixture.template().enqueueAll(this.fixture.name(), Arrays.asList("fine", payload, "fine")),
				expected, told);
	}

	static Stream<Arguments> payloads() {
		List<Object> itself = new ArrayList<>();
		itself.add(itself);
		return Stream.of(Arguments.of(null, IllegalArgumentException.class, "payload must not be null"),
				Arguments.of(new Object() {

					@SuppressWarnings("unused")
					public String getValue() {
						throw new IllegalStateException("not now");
					}

				}, PayloadConversionException.class, "BadInputTests"),
				Arguments.of(itself, PayloadConversionException.class, "ArrayList"),
				Arguments.of("half a \ud83d character", PayloadConversionException.class, "surrogate"), Arguments
					.of(new byte[(int) QueueFixture.MAX_PAYLOAD_BYTES + 1], PayloadTooLargeException.class, "6000001"));
	}

	@ParameterizedTest
	@MethodSource("calls")
	void callWithAValueOutOfRange(String name, ThrowingCall call, String[] told) {
		assertRefused(() -> call.on(this.fixture.queue(), this.leased), IllegalArgumentException.class, told);
	}

	static Stream<Arguments> calls() {
		return Stream.of(call("dequeue of 0", (queue, task) -> queue.dequeue(0, Duration.ZERO), "max", "200", "0"),
				call("dequeue of 201", (queue, task) -> queue.dequeue(201, Duration.ZERO), "max", "200", "201"),
				call("dequeue of -1", (queue, task) -> queue.dequeue(-1, Duration.ZERO), "max", "200", "-1"),
				call("negative wait", (queue, task) -> queue.dequeue(1, NEGATIVE), "wait", "negative"),
				call("no wait", (queue, task) -> queue.dequeue(1, null), "wait", "null"),
				call("negative delay", (queue, task) -> queue.requeue(task, NEGATIVE), "delay", "36500d", "-1s"),
				call("huge delay", (queue, task) -> queue.requeue(task, HUGE), "delay", "36500d"),
				call("no delay", (queue, task) -> queue.requeue(task, null), "delay", "null"),
				call("extend by nothing", (queue, task) -> queue.extend(task, Duration.ZERO), "extend", "1ms", "0s"),
				call("extend back", (queue, task) -> queue.extend(task, NEGATIVE), "extend", "1ms", "-1s"),
				call("extend for ever", (queue, task) -> queue.extend(task, HUGE), "extend", "36500d"),
				call("extend by null", (queue, task) -> queue.extend(task, null), "null"),
				call("limit of 0", (queue, task) -> queue.workingLimit(0), "workingLimit", "at least 1", "0"),
				call("negative limit", (queue, task) -> queue.workingLimit(-3), "workingLimit", "at least 1", "-3"),
				call("task of null", (queue, task) -> queue.task(null), "id", "null"),
				call("redrive of no id", (queue, task) -> queue.failed().redrive(""), "id", "512"),
				call("delete of no id", (queue, task) -> queue.failed().delete(""), "id", "512"),
				call("failed task of no id", (queue, task) -> queue.failed().get(""), "id", "512"),
				call("delete of null", (queue, task) -> queue.failed().delete(null), "id", "null"),
				call("page of 0", (queue, task) -> queue.failed().list(0, 0), "count", "500"),
				call("page of 501", (queue, task) -> queue.failed().list(0, 501), "count", "501"),
				call("page before the first", (queue, task) -> queue.failed().list(-1, 1), "offset", "-1"));
	}

	private static Arguments call(String name, ThrowingCall call, String... told) {
		return Arguments.of(name, call, told);
	}

	@ParameterizedTest
	@ValueSource(strings = { "release", "requeue", "handBack", "reject", "extend" })
	void taskOfAnotherQueue(String verb) {
		RedisQueue other = this.fixture.client().queue(this.fixture.name() + ".other");
		assertRefused(() -> {
			switch (verb) {
				case "release" -> other.release(this.leased);
				case "requeue" -> other.requeue(this.leased, Duration.ZERO);
				case "handBack" -> other.handBack(this.leased);
				case "reject" -> other.reject(this.leased, "why");
				default -> other.extend(this.leased, Duration.ofSeconds(9));
			}
		}, IllegalArgumentException.class, this.leased.id(), "'" + this.fixture.name() + "'");
	}

	private void enqueue(Object payload, EnqueueOptions options) {
		this.fixture.template().enqueue(this.fixture.name(), payload, options);
	}

	/**
	 * Asserts that the message tells the value and the rule, and that Redis holds what it
	 * held.
	 */
	private void assertRefused(ThrowingCallable call, Class<? extends Exception> expected, String... told) {
		QueueDump before = this.fixture.dump();
		assertThatThrownBy(call).isExactlyInstanceOf(expected).hasMessageContainingAll(told);
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	private interface ThrowingCall {

		void on(RedisQueue queue, LeasedTask task);

	}

}
