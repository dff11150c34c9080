package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueStats;
import io.arque.redis.Fetch.Join;
import io.arque.test.LogCapture;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Values in Redis that no version of Arque has written; {@link FuzzTests} draws more.
 */
@OnePartition("Damages keys by hand")
class HostileDataTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@ParameterizedTest
	@ValueSource(strings = { "", "-1", "0", "3.7", "1e300", "99999999999", "nan", "inf", "many" })
	void limitThatCannotBeOneCountsAsNone(String limit) {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2, 3, 4, 5));
		set("limit", limit);
		set("applied", limit);
		assertThat(this.fixture.queue().stats().workingLimit()).isEmpty();
		try (LogCapture log = new LogCapture("io.arque.queue", Level.INFO)) {
			Fetched fetched = fetch(3);
			assertThat(fetched.tasks()).hasSize(3);
			QueueStats stats = fetched.stats();
			assertThat(stats.workingLimit()).hasValue(40);
			fetch(3);
			this.fixture.queue().sweep();
			assertThat(log.complaints("is no number from 1 to")).hasSize(1);
			this.fixture.queue().workingLimit(7);
			assertThat(fetch(3).stats()).extracting(QueueStats::workingLimit).isEqualTo(OptionalInt.of(7));
			assertThat(log.complaints("")).hasSize(1);
		}
	}

	@Test
	void entryThatIsCutShortIsTakenAndKeepsNobodyFromCounting() {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2));
		String pending = this.fixture.key("pending");
		byte[] head = this.fixture.redis().opsForList().index(pending, 0);
		this.fixture.redis().opsForList().set(pending, 0, Arrays.copyOf(head, 20));
		QueueStats stats = this.fixture.queue().stats();
		assertThat(stats.pending()).isEqualTo(2);
		assertThat(stats.oldestPendingAge()).isLessThan(Duration.ofHours(1));
		this.fixture.queue().sweep();
		assertThat(fetch(3).tasks()).hasSize(2);
	}

	@Test
	void placeIsNotKeptForLongerThanATurnWhateverTheClockWas() {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2));
		this.fixture.queue().workingLimit(1);
		set("turn", this.fixture.redisTime().plus(Duration.ofHours(1)).toEpochMilli() + " client00AAAAAAAB");
		assertThat(fetch(1).tasks()).hasSize(1);
		assertThat(this.fixture.dump().values("config/turn")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "garbage", "1", "1 ", "1 xyz", "1 R1", "1 \0\0\0", "-1 RR 1 ", "999999999999  1 " })
	void consumerWhoseLaneIsDamagedFetchesAgain(String memory) {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2, 3));
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		QueueConsumer consumer = this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE)
			.queue(this.fixture.name())
			.consumer();
		Fetch fetch = new Fetch(1, Join.NEVER, true, true, List.of());
		tap.loseNextAnswers(1);
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> consumer.dequeue(fetch));
		this.fixture.redis()
			.opsForValue()
			.set(this.fixture.key("lane:" + tap.calls().get(0).argument(8)), memory.getBytes(StandardCharsets.UTF_8));
		if (memory.startsWith("999")) {
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> consumer.dequeue(fetch))
				.withStackTraceContaining("ARQUESTALE");
		}
		assertThat(consumer.dequeue(fetch).tasks()).hasSize(1);
	}

	@Test
	void delayedTaskWithoutABodyIsPassedOverWhenItIsDue() {
		this.fixture.redis().opsForZSet().add(this.fixture.key("delayed"), bytes("0123456789abcdef"), 1);
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2));
		assertThat(fetch(5).tasks()).hasSize(2);
		assertThat(this.fixture.dump().values("delayed")).isEmpty();
		assertThat(this.fixture.dump().values("pending")).isEmpty();
	}

	@Test
	void deadLetterWithoutABodyIsLeftOutAndGoesWithTheOthers() {
		this.fixture.redis().opsForZSet().add(this.fixture.key("failed"), bytes("0123456789abcdef"), 1);
		this.fixture.template().enqueueAll(this.fixture.name(), List.of(1, 2));
		RedisQueue queue = this.fixture.queue();
		fetch(2).tasks().forEach((task) -> queue.reject(task, "why"));
		assertThat(queue.failed().list(0, 10)).hasSize(2);
		assertThat(queue.failed().redriveAll()).isEqualTo(2);
		assertThat(this.fixture.dump().values("failed")).isEmpty();
		assertThat(fetch(5).tasks()).hasSize(2);
		assertThat(queue.stats()).extracting(QueueStats::failed, QueueStats::failedBytes).containsExactly(0L, 0L);
	}

	@Test
	void idWhoseTaskHasNoBodyBlocksNobody() {
		EnqueueOptions options = EnqueueOptions.none().withId("order-7").withOnDuplicate(OnDuplicate.REJECT);
		this.fixture.redis().opsForHash().put(this.fixture.key("ids"), "order-7", bytes("0123456789abcdef"));
		assertThat(this.fixture.queue().task("order-7")).isEmpty();
		assertThat(this.fixture.template().enqueue(this.fixture.name(), "x", options)).isEqualTo("order-7");
		assertThat(fetch(5).tasks()).extracting(LeasedTask::id).containsExactly("order-7");
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private Fetched fetch(int permits) {
		return this.fixture.queue().consumer().dequeue(new Fetch(permits, Join.WHEN_SHORT, true, true, List.of()));
	}

	private void set(String field, String value) {
		this.fixture.redis()
			.opsForHash()
			.put(this.fixture.key("config"), field, value.getBytes(StandardCharsets.UTF_8));
	}

}
