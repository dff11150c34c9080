package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.arque.ArqueMetrics;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.QueryTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Many tasks are settled at once, and Redis answers some of the calls.
 */
class HandSettlementTests {

	private static final int PARTITIONS = 3;

	private static final int MORE_THAN_ONE_CALL = Fetch.MAX_SETTLEMENTS + 50;

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());

	/** The partition that does not answer, none if all do. */
	private volatile String away = "";

	@Test
	void partitionThatIsAwayKeepsNoOtherFromBeingToldAndRepeatingIsNoLostLease() {
		TestSettings settings = TestSettings.settings().workingLimit(900).partitions(PARTITIONS);
		ArqueClient client = client(settings);
		RedisQueue queue = client.queue(this.fixture.name());
		RedisQueue seen = this.fixture.queueOfAnother(settings);
		new ArqueTemplate(client).enqueueAll(this.fixture.name(), Collections.nCopies(60, "x"));
		List<LeasedTask> tasks = queue.dequeue(60, Duration.ofSeconds(20)).tasks();
		LeasedTask one = tasks.get(0);
		LeasedTask other = tasks.stream()
			.filter((task) -> !partition(task).equals(partition(one)))
			.findFirst()
			.orElseThrow();
		this.away = "{" + partition(one) + "}";
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> queue.release(one, other));
			assertThat(seen.task(other.id())).as("try %d", i).isEmpty();
		}
		this.away = "";
		queue.release(one, other);
		assertThat(queue.task(one.id())).isEmpty();
	}

	@Test
	@OnePartition("Needs more tasks of one partition than a call settles")
	void callThatIsNotAnsweredMakesNoneOfTheOthersALostLease() {
		ArqueClient client = client(TestSettings.settings().workingLimit(900));
		RedisQueue queue = client.queue(this.fixture.name());
		new ArqueTemplate(client).enqueueAll(this.fixture.name(), Collections.nCopies(MORE_THAN_ONE_CALL, "x"));
		LeasedTask[] tasks = lease(queue);
		AtomicInteger calls = new AtomicInteger();
		this.tap.beforeEachCall((call) -> {
			if (call.isOf(Scripts.RELEASE) && calls.incrementAndGet() == 2) {
				throw new QueryTimeoutException("away");
			}
		});
		assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> queue.release(tasks));
		assertThat(queue.stats().working()).isEqualTo(MORE_THAN_ONE_CALL - Fetch.MAX_SETTLEMENTS);
		queue.release(tasks);
		assertThat(queue.stats().working()).isZero();
	}

	@Test
	void callThatNobodyAsksForAgainIsForgottenWithTheNextTaskThatIsSettled() {
		AtomicLong nanoTime = new AtomicLong(System.nanoTime());
		ArqueClient client = client(TestSettings.settings().partitions(1));
		HandSettlement settlement = new HandSettlement(this.fixture.access(client), nanoTime::get);
		new ArqueTemplate(client).enqueueAll(this.fixture.name(), Collections.nCopies(5, "x"));
		List<LeasedTask> tasks = client.queue(this.fixture.name()).dequeue(5, Duration.ofSeconds(20)).tasks();
		assertThat(tasks).hasSize(5);
		this.tap.loseNextAnswers(1);
		assertThatExceptionOfType(QueryTimeoutException.class)
			.isThrownBy(() -> release(settlement, tasks.subList(0, 3)));
		nanoTime.addAndGet(Duration.ofMinutes(13).toNanos());
		release(settlement, tasks.subList(3, 4));
		assertThat(settlement.kept()).isEqualTo(3);
		release(settlement, tasks.subList(0, 1));
		assertThat(settlement.kept()).as("all but what was asked for again").isEqualTo(2);
		nanoTime.addAndGet(Duration.ofMinutes(2).toNanos());
		release(settlement, tasks.subList(4, 5));
		assertThat(settlement.kept()).isZero();
		assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> release(settlement, tasks.subList(1, 2)));
	}

	private static void release(HandSettlement settlement, List<LeasedTask> tasks) {
		HandOutcome outcome = new HandOutcome(Settlement.Verb.RELEASE);
		settlement.settle(tasks.stream().map(Settlement::release).toList(), outcome);
		outcome.end();
	}

	private LeasedTask[] lease(RedisQueue queue) {
		List<LeasedTask> tasks = new ArrayList<>();
		while (tasks.size() < MORE_THAN_ONE_CALL) {
			tasks.addAll(
					queue.dequeue(Math.min(200, MORE_THAN_ONE_CALL - tasks.size()), Duration.ofSeconds(20)).tasks());
		}
		return tasks.toArray(LeasedTask[]::new);
	}

	private ArqueClient client(TestSettings settings) {
		ArqueClient client = this.fixture.newClient(settings, this.tap.factory(), ArqueMetrics.NONE);
		client.maxRetries(0);
		this.tap.beforeEachCall((call) -> {
			if (!this.away.isEmpty()
					&& new String(((byte[][]) call.args()[3])[0], StandardCharsets.UTF_8).contains(this.away)) {
				throw new QueryTimeoutException(this.away + " is away");
			}
		});
		return client;
	}

	private static String partition(LeasedTask task) {
		return task.lease().partition();
	}

}
