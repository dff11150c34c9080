package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import io.arque.ArqueException;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The bytes of format 1, spelt out. Whoever brings a format 2 leaves these tests as they
 * are for one release more: until then format 1 is what is written, and longer it is
 * read.
 */
@OnePartition("Reads keys by hand")
class FormatTests {

	private static final String REFERENCE = "0123456789abcdef";

	private static final String ENQUEUED_AT = "018bcfe56800"; // 1,700,000,000,000 ms

	/** Flags, attempts, time-out, id, one header, payload. */
	private static final String TASK = "0f" + "0007" + "000000003039" + "0004" + "6d696e65" + "0001" + "0001" + "6e"
			+ "00000001" + "76" + "7061796c6f6164";

	private static final String SPREAD = "5a";

	private static final String BODY = "01" + ENQUEUED_AT + TASK + SPREAD;

	/** Version, max attempts, attempts, crashes, requeues, two times, no token, id. */
	private static final String STATE = "01" + "0007" + "0003" + "0001" + "0002" + "018bcfe56801" + "018bcfe56802"
			+ "00" + "6d696e65";

	private static final String ERROR = "31" + "74797065" + "00" + "776879" + "00" + "7472616365" + "00";

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void taskOfFormat1IsRead() {
		put("tasks", REFERENCE, BODY);
		put("state", REFERENCE, STATE);
		put("config", "v", "31");
		this.fixture.redis().opsForList().leftPush(this.fixture.key("pending"), hex(utf8(REFERENCE) + "018bcfe56802"));
		LeasedTask task = this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
		assertThat(task.id()).isEqualTo("mine");
		assertThat(task.payload().text()).isEqualTo("payload");
		assertThat(task.headers()).isEqualTo(Map.of("n", "v"));
		assertThat(task.attempt()).isEqualTo(4);
		assertThat(task.delivery().crashes()).isEqualTo(1);
		assertThat(task.delivery().maxAttempts()).isEqualTo(7);
		assertThat(task.delivery().taskTimeout()).isEqualTo(Duration.ofMillis(12_345));
		assertThat(task.delivery().enqueuedAt()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_000L));
	}

	@Test
	void deadLetterOfFormat1IsRead() {
		put("tasks", REFERENCE, BODY);
		put("state", REFERENCE, STATE);
		put("errors", REFERENCE, ERROR);
		put("ids", "mine", utf8(REFERENCE));
		this.fixture.redis().opsForZSet().add(this.fixture.key("failed"), hex(utf8(REFERENCE)), 1_700_000_000_003L);
		FailedTask failed = this.fixture.queue().failed().get("mine").orElseThrow();
		assertThat(failed.error().type()).isEqualTo("type");
		assertThat(failed.error().message()).isEqualTo("why");
		assertThat(failed.error().stackTrace()).isEqualTo("trace");
		assertThat(failed.delivery().attempt()).isEqualTo(3);
		assertThat(failed.delivery().dequeuedAt()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_001L));
	}

	@Test
	void taskIsWrittenInFormat1() {
		this.fixture.template()
			.enqueue(this.fixture.name(), "payload",
					EnqueueOptions.none()
						.withId("mine")
						.withMaxAttempts(7)
						.withTaskTimeout(Duration.ofMillis(12_345))
						.withHeader("n", "v"));
		assertThat(read("config", "v")).isEqualTo("31");
		String reference = new String(hex(read("ids", "mine")), StandardCharsets.UTF_8);
		assertThat(read("tasks", reference)).matches("01" + "[0-9a-f]{12}" + TASK + "[0-9a-f]{2}");
	}

	@Test
	void everyRecordBeginsWithItsVersion() {
		String reference = this.fixture.template().enqueue(this.fixture.name(), "payload");
		LeasedTask task = this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0);
		assertThat(read("state", reference)).startsWith("01" + "0000" + "0001" + "0000" + "0000");
		this.fixture.queue().reject(task, "why");
		assertThat(read("tasks", reference)).matches("01" + "[0-9a-f]{12}" + "00" + utf8("payload") + "[0-9a-f]{2}");
		assertThat(read("state", reference)).startsWith("01");
		assertThat(read("errors", reference)).startsWith("31");
		assertThat(read("config", "v")).isEqualTo("31");
	}

	@Test
	void errorOfANewerFormatIsNotReadAsIfItWereOfThisOne() {
		String reference = this.fixture.template().enqueue(this.fixture.name(), "payload");
		this.fixture.queue().reject(this.fixture.queue().dequeue(1, Duration.ZERO).tasks().get(0), "why");
		String newer = utf8("2 from\0the\0future\0");
		put("errors", reference, newer);
		List<FailedTask> failed = this.fixture.queue().failed().list(0, 5);
		assertThat(failed).singleElement().satisfies((each) -> {
			assertThat(each.payload().text()).isEqualTo("payload");
			assertThat(each.error().type()).isEmpty();
			assertThat(each.error().message()).contains("version 2", "cannot read");
			assertThat(each.error().stackTrace()).isEmpty();
		});
		assertThat(read("errors", reference)).isEqualTo(newer);
	}

	@ParameterizedTest
	@ValueSource(strings = { "tasks", "state" })
	void deadLetterOfANewerFormatIsNotRedriven(String kind) {
		String reference = this.fixture.template().enqueue(this.fixture.name(), "newer");
		this.fixture.template().enqueue(this.fixture.name(), "readable");
		RedisQueue queue = this.fixture.queue();
		queue.dequeue(2, Duration.ZERO).tasks().forEach((task) -> queue.reject(task, "why"));
		put(kind, reference, "02" + utf8("from the future"));
		String error = read("errors", reference);
		assertThatExceptionOfType(ArqueException.class).isThrownBy(() -> queue.failed().redrive(reference))
			.withMessageContaining(reference)
			.withMessageContaining("cannot read");
		assertThat(queue.failed().redriveAll()).isEqualTo(1);
		assertThat(queue.stats().failed()).isEqualTo(1);
		assertThat(read(kind, reference)).isEqualTo("02" + utf8("from the future"));
		assertThat(read("errors", reference)).isEqualTo(error);
	}

	private void put(String kind, String field, String bytes) {
		this.fixture.redis().opsForHash().put(this.fixture.key(kind), field, hex(bytes));
	}

	private String read(String kind, String field) {
		return HexFormat.of().formatHex((byte[]) this.fixture.redis().opsForHash().get(this.fixture.key(kind), field));
	}

	private static byte[] hex(String digits) {
		return HexFormat.of().parseHex(digits);
	}

	private static String utf8(String text) {
		return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
	}

}
