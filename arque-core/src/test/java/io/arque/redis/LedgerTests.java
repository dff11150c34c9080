package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.arque.ArqueMetrics;
import io.arque.LeasedTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.QueryTimeoutException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the working limit is divided: what each partition has, and in which order it gets
 * it.
 */
class LedgerTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final List<String> tags = PartitionTags.of(this.fixture.name(), 2);

	private ArqueClient client(int partitions, int limit) {
		return this.fixture.newClient(TestSettings.settings().workingLimit(limit).partitions(partitions));
	}

	private RedisQueue queue(int partitions, int limit) {
		return client(partitions, limit).queue(this.fixture.name());
	}

	private void fill(int partitions, int tasks) {
		new ArqueTemplate(client(partitions, 100)).enqueueAll(this.fixture.name(), Collections.nCopies(tasks, "x"));
	}

	private String config(String tag, String field) {
		byte[] value = (byte[]) this.fixture.redis()
			.opsForHash()
			.get(QueueFixture.KEY_PREFIX + ":{" + tag + "}:config", field);
		return (value != null) ? new String(value, StandardCharsets.UTF_8) : "";
	}

	private int share(String tag) {
		String share = config(tag, "share");
		return share.isEmpty() ? 0 : Integer.parseInt(share);
	}

	private QueueAccess access(RedisQueue queue, String tag) {
		return queue.partitions()
			.stream()
			.filter((partition) -> partition.tag().equals(tag))
			.findFirst()
			.orElseThrow()
			.access();
	}

	private List<Object> take(RedisQueue queue, String tag, long number, int share) {
		return access(queue, tag).execute(Scripts.TAKE_SHARE, new Arguments().add(number).add(share).add(false));
	}

	private static void consume(RedisQueue queue) {
		queue.dequeue(1, Duration.ZERO);
	}

	@Test
	void eachPartitionThatIsWrittenGetsTheSame() {
		consume(queue(2, 11));
		assertThat(List.of(share(this.tags.get(0)), share(this.tags.get(1)))).containsExactlyInAnyOrder(5, 6);
		assertThat(share(this.fixture.name())).isZero();
	}

	@Test
	void partitionWithoutAShareLeasesNothing() {
		RedisQueue queue = queue(2, 10);
		fill(2, 10);
		assertThat(queue.partitions().get(0).consumer().dequeue(new Fetch(5, Fetch.Join.NEVER, false, true, List.of())))
			.satisfies((fetched) -> assertThat(fetched.tasks()).isNotEmpty());
		this.fixture.redis()
			.opsForHash()
			.delete(QueueFixture.KEY_PREFIX + ":{" + this.tags.get(1) + "}:config", "share");
		assertThat(queue.partitions().get(1).consumer().dequeue(new Fetch(5, Fetch.Join.NEVER, false, true, List.of())))
			.satisfies((fetched) -> assertThat(fetched.tasks()).isEmpty());
	}

	@Test
	void olderShareIsIgnored() {
		RedisQueue queue = queue(2, 10);
		consume(queue);
		take(queue, this.tags.get(0), 50, 3);
		List<Object> answer = take(queue, this.tags.get(0), 49, 9);
		assertThat(answer).startsWith(50L, 3L);
		assertThat(share(this.tags.get(0))).isEqualTo(3);
	}

	@Test
	void anotherShareOfTheSameNumberIsTheLedgers() {
		RedisQueue queue = queue(2, 10);
		consume(queue);
		take(queue, this.tags.get(0), 50, 3);
		for (String damaged : List.of("9", "1e300", "-1", "x", "")) {
			setConfig(this.tags.get(0), "share", damaged);
			assertThat(take(queue, this.tags.get(0), 50, 3)).startsWith(50L, 3L);
			assertThat(share(this.tags.get(0))).isEqualTo(3);
		}
	}

	@Test
	void damagedLedgerIsMadeAnew() {
		RedisQueue queue = queue(2, 10);
		consume(queue);
		String ledger = QueueFixture.KEY_PREFIX + ":{" + this.fixture.name() + "}:ledger";
		for (Object field : this.fixture.redis().opsForHash().keys(ledger)) {
			if (!field.equals("v")) {
				this.fixture.redis().opsForHash().put(ledger, field, "damaged".getBytes(StandardCharsets.UTF_8));
			}
		}
		RedisQueue other = queue(2, 10);
		consume(other);
		other.ledger().round();
		assertThat(this.tags).extracting(this::share).containsExactly(5, 5);
		assertThat(share(this.fixture.name())).isZero();
	}

	@Test
	void keysOfAnotherQueueAreNeverTakenForPartitions() {
		consume(queue(2, 10));
		int count = 7;
		for (String tag : List.of("other", this.fixture.name() + "#0}x", this.fixture.name() + "-other#0")) {
			setLedger("t:" + tag, "9 0 5 5 7 0 1");
			setLedger("l:" + count, this.tags.get(0) + " " + tag);
			setLedger("m:member" + count, this.fixture.redisTime().plusSeconds(60).toEpochMilli() + " 10 " + count);
			count++;
		}
		RedisQueue other = queue(2, 10);
		consume(other);
		assertThat(other.partitions()).extracting(QueuePartition::tag)
			.containsExactlyInAnyOrder(this.tags.get(0), this.tags.get(1), this.fixture.name());
		assertThat(this.fixture.redis().opsForHash().hasKey(this.fixture.key("ledger"), "t:other"))
			.as("it is cleared away")
			.isFalse();
	}

	@Test
	void whoLivesForMonthsIsNotForgotten() {
		ArqueClient client = client(2, 10);
		RedisQueue queue = client.queue(this.fixture.name());
		queue.tend(this.fixture.name(), Duration.ofDays(90));
		consume(queue);
		queue(2, 2).tend(this.fixture.name(), Duration.ofMinutes(1));
		assertThat(queue.stats().workingLimit()).hasValue(10);
		assertThat(this.fixture.redis().opsForHash().keys(this.fixture.key("ledger")))
			.contains("m:" + client.instance().nonce());
	}

	@Test
	void numberOfAShareThatIsTooHighCountsAsNone() {
		RedisQueue queue = queue(2, 10);
		consume(queue);
		setConfig(this.tags.get(0), "seq", "4000000000000000");
		RedisQueue other = queue(2, 10);
		consume(other);
		this.tags.forEach((tag) -> other.tend(tag, Duration.ofMinutes(1)));
		other.tend(this.fixture.name(), Duration.ofMinutes(1));
		assertThat(this.tags).extracting(this::share).containsExactly(5, 5);
		assertThat(Long.parseLong(config(this.tags.get(0), "seq"))).isLessThan(1000);
	}

	@Test
	void whoCannotLiveForSoLongIsForgotten() {
		consume(queue(2, 10));
		setLedger("m:damaged1", "999999999999999 1000 2");
		setLedger("m:damaged2", this.fixture.redisTime().plusSeconds(60).toEpochMilli() + " 999999999999999 2");
		RedisQueue other = queue(2, 10);
		consume(other);
		assertThat(other.stats().workingLimit()).hasValue(10);
	}

	private void setLedger(String field, String value) {
		this.fixture.redis()
			.opsForHash()
			.put(this.fixture.key("ledger"), field, value.getBytes(StandardCharsets.UTF_8));
	}

	private void setConfig(String tag, String field, String value) {
		this.fixture.redis()
			.opsForHash()
			.put(QueueFixture.KEY_PREFIX + ":{" + tag + "}:config", field, value.getBytes(StandardCharsets.UTF_8));
	}

	@Test
	void partitionThatKnowsANewerShareThanTheLedgerIsBelievedAndGetsANewerOne() {
		RedisQueue queue = queue(2, 10);
		consume(queue);
		take(queue, this.tags.get(0), 70, 9);
		queue.tend(this.tags.get(0), Duration.ofMinutes(1));
		queue.tend(this.fixture.name(), Duration.ofMinutes(1));
		assertThat(share(this.tags.get(0))).isEqualTo(5);
		assertThat(Long.parseLong(config(this.tags.get(0), "seq"))).isGreaterThan(70);
	}

	@Test
	void othersRiseOnlyWhenWhatWasTooMuchHasEnded() {
		RedisQueue queue = queue(2, 10);
		fill(2, 40);
		List<LeasedTask> tasks = queue.dequeue(10, Duration.ZERO).tasks();
		assertThat(tasks).hasSize(10);
		RedisQueue five = queue(5, 10);
		fill(5, 50);
		assertThat(five.dequeue(10, Duration.ZERO).tasks()).isEmpty();
		assertThat(sumOfShares(5)).isZero();
		queue.release(tasks.subList(0, 7).toArray(LeasedTask[]::new));
		five.catchUp();
		assertThat(sumOfShares(5)).isBetween(1, 7);
		assertThat(leases() + five.dequeue(200, Duration.ZERO).tasks().size()).isLessThanOrEqualTo(10);
		queue.release(tasks.subList(7, 10).toArray(LeasedTask[]::new));
		five.catchUp();
		assertThat(sumOfShares(5) + sumOfShares(2)).isEqualTo(10);
	}

	private int sumOfShares(int partitions) {
		return PartitionTags.of(this.fixture.name(), partitions).stream().mapToInt(this::share).sum();
	}

	private long leases() {
		return queue(1, 10).stats().working();
	}

	@Test
	void largestLimitOfTheLivingCountsUntilItsInstanceIsForgotten() {
		RedisQueue small = queue(2, 10);
		RedisQueue large = queue(2, 30);
		consume(small);
		large.tend(this.fixture.name(), Duration.ofMillis(1));
		consume(large);
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(2));
		assertThat(small.stats().workingLimit()).hasValue(30);
		large.tend(this.fixture.name(), Duration.ofMillis(1));
		this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(2));
		small.tend(this.fixture.name(), Duration.ofMinutes(1));
		assertThat(small.stats().workingLimit()).hasValue(10);
	}

	@Test
	void limitOfThePlainQueueIsDividedWhenAProducerIsTheFirstToSpreadIt() {
		new ArqueTemplate(client(1, 9)).enqueueAll(this.fixture.name(), List.of("a", "b", "c"));
		RedisQueue plain = queue(1, 9);
		consume(plain);
		fill(6, 60);
		assertThat(share(this.fixture.name())).isEqualTo(1);
		assertThat(share(this.fixture.name()) + sumOfShares(6)).isEqualTo(9);
	}

	@Test
	void partitionsTakeTurnsWhereThereAreMoreThanPlaces() {
		fill(6, 60);
		RedisQueue plain = queue(1, 2);
		List<String> seen = new ArrayList<>();
		long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
		while (seen.stream().distinct().count() < 6 && System.nanoTime() < end) {
			List<LeasedTask> tasks = plain.dequeue(10, Duration.ofMillis(500)).tasks();
			assertThat(tasks).hasSizeLessThanOrEqualTo(2);
			tasks.forEach((task) -> seen.add(task.lease().partition()));
			plain.release(tasks.toArray(LeasedTask[]::new));
			plain.tend(this.fixture.name(), Duration.ofMinutes(1));
		}
		assertThat(seen.stream().distinct()).hasSize(6);
	}

	@Test
	void emptyPartitionThatNobodyWritesHasNoShareUntilALateProducerWrites() {
		ArqueClient late = client(2, 10);
		late.queue(this.fixture.name()).tend(this.fixture.name(), Duration.ofMillis(1));
		new ArqueTemplate(late).enqueue(this.fixture.name(), "first");
		RedisQueue plain = queue(1, 10);
		plain.stats();
		LeasedTask first = plain.dequeue(1, Duration.ofSeconds(20)).tasks().get(0);
		plain.release(first);
		plain.tend(this.tags.get(0), Duration.ofMinutes(1));
		plain.tend(this.tags.get(1), Duration.ofMinutes(1));
		plain.tend(this.fixture.name(), Duration.ofMinutes(1));
		assertThat(Map.of(0, share(this.tags.get(0)), 1, share(this.tags.get(1))).values()).containsOnly(0);
		String id = new ArqueTemplate(late).enqueue(this.fixture.name(), "late");
		assertThat(plain.dequeue(1, Duration.ofSeconds(20)).tasks()).extracting(LeasedTask::id).containsExactly(id);
	}

	/** A round that fails takes as long as Redis is waited for. */
	@Test
	void consumersAskALedgerThatIsAwayEverMoreSeldom() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(10).partitions(2),
				tap.factory(), ArqueMetrics.NONE);
		client.maxRetries(0);
		AtomicInteger rounds = new AtomicInteger();
		tap.beforeEachCall((call) -> {
			if (call.isOf(Scripts.SHARE_OUT)) {
				rounds.incrementAndGet();
				throw new QueryTimeoutException("away");
			}
		});
		RedisQueue queue = client.queue(this.fixture.name());
		long end = System.nanoTime() + Duration.ofMillis(5500).toNanos();
		while (System.nanoTime() - end < 0) {
			consume(queue);
			LockSupport.parkNanos(20_000_000);
		}
		assertThat(rounds.get()).as("at once, after two seconds, after four more").isBetween(1, 3);
	}

}
