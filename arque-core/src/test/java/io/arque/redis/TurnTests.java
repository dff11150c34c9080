package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

import io.arque.DequeueResult.Reason;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * At the working limit, a consumer that has waited for long gets a place, although a busy
 * one settles and asks in one call.
 */
@OnePartition("Two consumers share one partition")
class TurnTests {

	private static final int LIMIT = 2;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final ArqueClient patient = this.fixture.newClient(TestSettings.settings().workingLimit(LIMIT));

	private final QueueConsumer busy = this.fixture.queueOfAnother(TestSettings.settings().workingLimit(LIMIT))
		.consumer();

	private final QueueConsumer waiting = this.patient.queue(this.fixture.name()).consumer();

	private List<LeasedTask> held;

	@BeforeEach
	void oneIsBusyAndTheOtherWaits() {
		this.fixture.template().enqueueAll(this.fixture.name(), IntStream.range(0, 20).boxed().toList());
		this.patient.wakeUp().subscribe(this.fixture.name(), () -> {
		});
		this.held = this.busy.dequeue(new Fetch(LIMIT, Join.WHEN_EMPTY, false, true, List.of())).tasks();
		assertThat(this.held).hasSize(LIMIT);
		Fetched nothing = this.waiting.dequeue(new Fetch(1, Join.WHEN_EMPTY, false, true, List.of()));
		assertThat(nothing.reason()).isEqualTo(Reason.THROTTLED);
		this.fixture.awaitWaiter(this.patient);
	}

	@Test
	void busyOneKeepsItsPlacesWhileTheOtherHasNotWaitedForLong() {
		hasWaitedFor(Duration.ofSeconds(-60)); // however long this machine takes to ask
		assertThat(settleAndAsk(this.held.get(0)).tasks()).hasSize(1);
	}

	@Test
	void placeIsKeptUntilTheOtherTakesIt() {
		hasWaitedForLong();
		Instant begin = this.fixture.redisTime();
		List<LeasedTask> first = settleAndAsk(this.held.get(0)).tasks();
		List<LeasedTask> second = settleAndAsk(this.held.get(1)).tasks();
		List<LeasedTask> ofTheOther = this.waiting.dequeue(new Fetch(LIMIT, Join.WHEN_EMPTY, false, true, List.of()))
			.tasks();
		assumeThat(Duration.between(begin, this.fixture.redisTime()))
			.as("what three calls took, of the 200 ms that a turn lasts")
			.isLessThan(Duration.ofMillis(200));
		assertThat(first).as("the place is left").isEmpty();
		assertThat(second).as("its own other place").hasSize(1);
		assertThat(ofTheOther).as("the place that was kept").hasSize(1);
	}

	@Test
	void placeThatNobodyTookIsFoundWithoutAMessage() {
		hasWaitedForLong();
		Fetched left = settleAndAsk(this.held.get(0));
		assertThat(left.tasks()).isEmpty();
		assertThat(left.nextLook()).isPositive().isLessThanOrEqualTo(Duration.ofMillis(200));
		await().pollInterval(Duration.ofMillis(10))
			.atMost(Duration.ofSeconds(60))
			.until(() -> this.busy.dequeue(new Fetch(LIMIT, Join.WHEN_EMPTY, false, true, List.of()))
				.tasks()
				.size() == 1);
	}

	@Test
	void placeIsNotLeftToOneWhoseOwnLimitIsReached() {
		this.fixture.redis().delete(this.fixture.key("waiters"));
		this.fixture.redis().opsForZSet().add(this.fixture.key("waiters"), waiterWithLimit(1), 1000.0);
		hasWaitedForLong();
		assertThat(settleAndAsk(this.held.get(0)).tasks()).hasSize(1);
	}

	private byte[] waiterWithLimit(int limit) {
		return ("0123456789abcdef" + limit).getBytes(StandardCharsets.US_ASCII);
	}

	private Fetched settleAndAsk(LeasedTask task) {
		return this.busy.dequeue(new Fetch(LIMIT, Join.WHEN_EMPTY, false, true, List.of(Settlement.release(task))));
	}

	private void hasWaitedForLong() {
		hasWaitedFor(Duration.ofMillis(600));
	}

	private void hasWaitedFor(Duration duration) {
		String waiters = this.fixture.key("waiters");
		byte[] waiter = this.fixture.redis().opsForZSet().range(waiters, 0, 0).iterator().next();
		this.fixture.redis().opsForZSet().add(waiters, waiter, this.fixture.redisTime().minus(duration).toEpochMilli());
	}

}
