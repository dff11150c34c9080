package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics.Event;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.PayloadConversionException;
import io.arque.PayloadTooLargeException;
import io.arque.TaskInfo;
import io.arque.TaskState;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

class EnqueueTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void returnsIdOfTaskThatIsPending() {
		String id = this.fixture.template().enqueue(this.fixture.name(), "payload");
		assertThat(id).hasSize(16);
		assertThat(this.fixture.stateOf(id)).isEqualTo(TaskState.PENDING);
		assertThat(leaseOne().id()).isEqualTo(id);
		assertThat(this.fixture.counted(Event.ENQUEUED)).isEqualTo(1);
	}

	@Test
	@OnePartition("There is no order over partitions")
	void deliversInOrder() {
		List<String> payloads = IntStream.range(0, 30).mapToObj(Integer::toString).toList();
		payloads.forEach((payload) -> this.fixture.template().enqueue(this.fixture.name(), payload));
		assertThat(this.fixture.queue().dequeue(40, Duration.ZERO).tasks()).extracting((task) -> task.payload().text())
			.isEqualTo(payloads);
	}

	@Test
	void deliversBytesAsTheyAre() {
		byte[] all = new byte[256];
		IntStream.range(0, 256).forEach((i) -> all[i] = (byte) i);
		this.fixture.template().enqueue(this.fixture.name(), all);
		assertThat(leaseOne().payload().bytes()).isEqualTo(all);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "text", "zero\0inside", "päylöad € 😀" })
	void deliversTextAsItIs(String text) {
		this.fixture.template().enqueue(this.fixture.name(), text);
		LeasedTask task = leaseOne();
		assertThat(task.payload().text()).isEqualTo(text);
		assertThat(task.payload().bytes()).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "{a}", "}{", "a\nb\r\n", "..", "*", "?[a-z]^\\", "%d %s %%", "return redis.call('FLUSHALL')",
					"ARGV[1]", "K", "|R", "+5", "1795615326772", " ", "\0", "ä€😀", "java.lang.Runtime" })
	void whatLooksOddButIsAllowedComesAsItIs(String text) {
		EnqueueOptions options = EnqueueOptions.none().withId(text).withHeader(text, text).withHeader("empty", "");
		this.fixture.template().enqueue(this.fixture.name(), text, options);
		this.fixture.template().enqueue(this.fixture.name(), "second", options);
		LeasedTask task = leaseOne();
		assertThat(task.id()).isEqualTo(text);
		assertThat(task.headers()).containsExactlyInAnyOrderEntriesOf(Map.of(text, text, "empty", ""));
		assertThat(task.payload().text()).isEqualTo(text);
		this.fixture.queue().reject(task, "why");
		assertThat(this.fixture.queue().failed().get(text).orElseThrow().payload().text()).isEqualTo(text);
		assertThat(this.fixture.queue().failed().delete(text)).isTrue();
		assertThat(this.fixture.queue().stats().tasks()).isZero();
	}

	@Test
	void deliversOtherObjectsAsJson() {
		this.fixture.template().enqueue(this.fixture.name(), new Email("a@b.c", 7, List.of("x", "y")));
		LeasedTask task = leaseOne();
		assertThat(task.payload().text()).startsWith("{").contains("\"to\":\"a@b.c\"");
		assertThat(task.payload().as(Email.class)).isEqualTo(new Email("a@b.c", 7, List.of("x", "y")));
	}

	@Test
	void refusesPayloadThatCannotBeWrittenBeforeAnythingIsSent() {
		assertThatExceptionOfType(PayloadConversionException.class)
			.isThrownBy(() -> this.fixture.template().enqueue(this.fixture.name(), new Unwritable()))
			.withMessageContaining(Unwritable.class.getName());
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void optionsArriveWithTheTask() {
		Instant before = this.fixture.redisTime();
		EnqueueOptions options = EnqueueOptions.none()
			.withId("order-ä/17")
			.withTaskTimeout(Duration.ofMillis(77_123))
			.withMaxAttempts(65_535)
			.withHeader("trace", "00-abc-01")
			.withHeader("größe", "")
			.withHeader("", "no name");
		this.fixture.template().enqueue(this.fixture.name(), "x", options);
		LeasedTask task = leaseOne();
		assertThat(task.queue()).isEqualTo(this.fixture.name());
		assertThat(task.id()).isEqualTo("order-ä/17");
		assertThat(task.delivery().taskTimeout()).isEqualTo(Duration.ofMillis(77_123));
		assertThat(task.delivery().maxAttempts()).isEqualTo(65_535);
		assertThat(task.headers()).isEqualTo(Map.of("trace", "00-abc-01", "größe", "", "", "no name"));
		assertThat(task.delivery().attempt()).isEqualTo(1);
		assertThat(task.delivery().crashes()).isZero();
		assertThat(task.delivery().enqueuedAt()).isBetween(before, this.fixture.redisTime());
		assertThat(task.delivery().dequeuedAt()).isBetween(task.delivery().enqueuedAt(), this.fixture.redisTime());
		assertThat(task.payload().text()).isEqualTo("x");
	}

	@Test
	void optionsThatAreNotGivenAreLeftToTheQueue() {
		this.fixture.template().enqueue(this.fixture.name(), "x", EnqueueOptions.none().withHeader("only", "this"));
		LeasedTask task = leaseOne();
		assertThat(task.delivery().taskTimeout()).isNull();
		assertThat(task.delivery().maxAttempts()).isNull();
		assertThat(task.id()).isEqualTo(task.lease().reference());
	}

	@Test
	void refusesHeadersAbove64Kilobytes() {
		EnqueueOptions options = EnqueueOptions.none().withHeader("large", "x".repeat(65_530));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fixture.template().enqueue(this.fixture.name(), "x", options))
			.withMessageContaining("64 kB");
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void delayedTaskIsDueAfterItsDelayByRedisClock() {
		Instant before = this.fixture.redisTime();
		String id = this.fixture.template()
			.enqueue(this.fixture.name(), "later", EnqueueOptions.none().withDelay(Duration.ofMillis(900)));
		TaskInfo info = this.fixture.queue().task(id).orElseThrow();
		assertThat(info.state()).isEqualTo(TaskState.DELAYED);
		assertThat(info.until()).isBetween(before.plusMillis(900), this.fixture.redisTime().plusMillis(900));
		assertThat(awaitOne().delivery().dequeuedAt()).isAfterOrEqualTo(info.until());
	}

	@Test
	void taskIsDueAtTheInstantGiven() {
		Instant dueAt = this.fixture.redisTime().plus(Duration.ofHours(1));
		String id = this.fixture.template()
			.enqueue(this.fixture.name(), "much later", EnqueueOptions.none().withDueAt(dueAt));
		assertThat(this.fixture.queue().task(id).orElseThrow().until()).isEqualTo(dueAt);
		Instant soon = this.fixture.redisTime().plusMillis(500);
		this.fixture.template().enqueue(this.fixture.name(), "later", EnqueueOptions.none().withDueAt(soon));
		LeasedTask task = awaitOne();
		assertThat(task.payload().text()).isEqualTo("later");
		assertThat(task.delivery().dequeuedAt()).isAfterOrEqualTo(soon);
	}

	@Test
	void taskThatIsDueInThePastIsPending() {
		String id = this.fixture.template()
			.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDueAt(Instant.ofEpochMilli(1)));
		String other = this.fixture.template()
			.enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDelay(Duration.ZERO));
		assertThat(this.fixture.stateOf(id)).isEqualTo(TaskState.PENDING);
		assertThat(this.fixture.stateOf(other)).isEqualTo(TaskState.PENDING);
	}

	@Test
	void refusesPayloadAboveTheLimitAndTakesOneAtTheLimit() {
		byte[] atLimit = new byte[(int) QueueFixture.MAX_PAYLOAD_BYTES];
		byte[] above = new byte[atLimit.length + 1];
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.template().enqueue(this.fixture.name(), above))
			.withMessageContaining("6000001")
			.withMessageContaining("6000000");
		assertThat(this.fixture.dump().entries()).isEmpty();
		this.fixture.template().enqueue(this.fixture.name(), atLimit);
		assertThat(leaseOne().payload().bytes()).hasSize(atLimit.length);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a b", "a:b", "a{b}", "ä", "a/b", "a\n" })
	void refusesQueueNamesThatBreakTheRule(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.template().enqueue(name, "x"))
			.withMessageContaining("does not match");
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.template().queue(name));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fixture.template().enqueueAsync(name, "x", EnqueueOptions.none()));
	}

	@Test
	void takesQueueNamesUpTo128Characters() {
		assertThat(this.fixture.client().queue("Az0._-" + "x".repeat(122)).name()).hasSize(128);
		assertThatIllegalArgumentException().isThrownBy(() -> this.fixture.client().queue("x".repeat(129)));
	}

	@Test
	void asynchronousEnqueueCompletesWithTheId() {
		String id = this.fixture.template()
			.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none().withId("mine"))
			.join();
		assertThat(id).isEqualTo("mine");
		assertThat(this.fixture.stateOf("mine")).isEqualTo(TaskState.PENDING);
		assertThat(this.fixture.counted(Event.ENQUEUED)).isEqualTo(1);
	}

	@Test
	void asynchronousEnqueueCompletesWithTheExceptionOfADuplicate() {
		EnqueueOptions options = EnqueueOptions.none().withId("mine").withOnDuplicate(OnDuplicate.REJECT);
		this.fixture.template().enqueue(this.fixture.name(), "first", options);
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> this.fixture.template().enqueueAsync(this.fixture.name(), "second", options).join())
			.withCauseInstanceOf(DuplicateTaskException.class);
	}

	@Test
	void asynchronousEnqueueThrowsAtOnceWhatIsWrongWithItsArguments() {
		byte[] above = new byte[(int) QueueFixture.MAX_PAYLOAD_BYTES + 1];
		ArqueTemplate template = this.fixture.template();
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> template.enqueueAsync(this.fixture.name(), above, EnqueueOptions.none()));
	}

	private LeasedTask leaseOne() {
		List<LeasedTask> tasks = this.fixture.queue().dequeue(3, Duration.ZERO).tasks();
		assertThat(tasks).hasSize(1);
		return tasks.get(0);
	}

	private LeasedTask awaitOne() {
		return await().pollInterval(Duration.ofMillis(5))
			.until(() -> this.fixture.queue().dequeue(3, Duration.ZERO).tasks(), (tasks) -> !tasks.isEmpty())
			.get(0);
	}

	record Email(String to, int priority, List<String> tags) {
	}

	static final class Unwritable {

		public String getName() {
			throw new IllegalStateException("no name");
		}

	}

}
