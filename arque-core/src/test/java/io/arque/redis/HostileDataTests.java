package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import io.arque.ArqueMetrics;
import io.arque.QueueStats;
import io.arque.redis.Fetch.Join;
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
		Fetched fetched = fetch(3);
		assertThat(fetched.tasks()).hasSize(3);
		QueueStats stats = fetched.stats();
		assertThat(stats.workingLimit()).hasValue(40);
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

	private Fetched fetch(int permits) {
		return this.fixture.queue().consumer().dequeue(new Fetch(permits, Join.WHEN_SHORT, true, true, List.of()));
	}

	private void set(String field, String value) {
		this.fixture.redis()
			.opsForHash()
			.put(this.fixture.key("config"), field, value.getBytes(StandardCharsets.UTF_8));
	}

}
