package io.arque.redis;

import java.time.Duration;
import java.util.List;

import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A worker that asks the plain queue, and two partitions that it does not write to.
 */
class HandRoundTests {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final ArqueClient client = this.fixture.newClient(TestSettings.settings().partitions(1));

	private final RedisQueue queue = this.client.queue(this.fixture.name());

	private final Partitions partitions = new Partitions(this.queue, this.fixture.access(this.client));

	private final HandRound round = new HandRound(this.partitions, this.queue.ledger());

	/** Who has written to the partitions is forgotten at once. */
	@BeforeEach
	void spread() {
		ArqueClient producer = this.fixture.newClient(TestSettings.settings().partitions(2));
		producer.queue(this.fixture.name()).tend(this.fixture.name(), Duration.ofMillis(1));
		new ArqueTemplate(producer).enqueue(this.fixture.name(), "x", EnqueueOptions.none().withDelay(MINUTE));
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(2));
		this.queue.ledger().learn();
		this.partitions.learn(this.queue.partitions().stream().map(QueuePartition::tag).toList());
	}

	/** Or else a wait would look all the time, at what was due there long ago. */
	@Test
	void partitionThatIsNotAskedAnyMoreTellsNothingOfTheNextLook() {
		assertThat(this.round.take(1, Join.WHEN_EMPTY).tasks()).isEmpty();
		assertThat(this.round.nextLookNanos()).as("where the task is").isBetween(1L, MINUTE.toNanos());
		end();
		assertThat(this.round.take(1, Join.WHEN_EMPTY).tasks()).isEmpty();
		assertThat(this.round.nextLookNanos()).isEqualTo(Long.MAX_VALUE);
	}

	/**
	 * What is empty and is not written to has no share when the limit is divided anew.
	 */
	private void end() {
		RedisQueue other = this.fixture.queueOfAnother(TestSettings.settings().partitions(1));
		other.probe().makeDue();
		List<LeasedTask> tasks = other.dequeue(1, Duration.ofSeconds(20)).tasks();
		assertThat(tasks).hasSize(1);
		other.release(tasks.get(0));
		this.queue.partitions().forEach((partition) -> this.queue.tend(partition.tag(), MINUTE));
		this.queue.tend(this.fixture.name(), MINUTE);
		assertThat(this.queue.partitions())
			.filteredOn((partition) -> this.queue.ledger().isWithoutShare(partition.tag()))
			.as("partitions that are not asked any more")
			.hasSize(2);
	}

}
