package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueMetrics.Event;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.TaskError;
import io.arque.redis.Fetch.Join;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a lease's token is made of, and that it is never given twice.
 */
@OnePartition("Uses one consumer, which has one partition")
class TokenTests {

	private static final TaskError ERROR = new TaskError("test.Failure", "why", "where");

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void namesProcessLaneAndCall() {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of("a", "b", "c"));
		ArqueClient client = this.fixture.client();
		Lane lane = client.instance().newLane();
		QueueConsumer consumer = new QueueConsumer(this.fixture.access(client), lane);
		assertThat(lane.name()).startsWith(client.instance().nonce()).hasSize(16);
		assertThat(tokens(consumer, 2)).containsOnly(lane.name() + ".1");
		assertThat(tokens(consumer, 0)).isEmpty();
		assertThat(tokens(consumer, 1)).containsOnly(lane.name() + ".3");
	}

	@Test
	void noTwoCallsOfOneOrSeveralProcessesGiveTheSame() {
		this.fixture.template().enqueueAll(this.fixture.name(), List.of("a", "b", "c", "d", "e", "f"));
		Set<String> tokens = new HashSet<>();
		for (int process = 0; process < 2; process++) {
			ArqueClient client = this.fixture.newClient(TestSettings.settings());
			QueueConsumer one = client.queue(this.fixture.name()).consumer();
			QueueConsumer other = client.queue(this.fixture.name()).consumer();
			for (QueueConsumer consumer : List.of(one, other, one)) {
				tokens.addAll(tokens(consumer, 1));
			}
		}
		assertThat(tokens).hasSize(6);
	}

	/**
	 * A fail-over brings the queue back as it was before the first lease, counters and
	 * all.
	 */
	@Test
	void isNotGivenAgainAfterAFailOverThatForgotWrites() {
		this.fixture.template().enqueue(this.fixture.name(), "x");
		Map<String, byte[]> before = snapshot();
		RedisQueue forgotten = this.fixture.queueOfAnother(TestSettings.settings());
		LeasedTask stale = forgotten.dequeue(1, Duration.ZERO).tasks().get(0);
		restore(before);
		List<String> tokens = new ArrayList<>(List.of(stale.lease().token()));
		for (RedisQueue queue : List.of(this.fixture.queueOfAnother(TestSettings.settings()), forgotten)) {
			LeasedTask taken = queue.dequeue(1, Duration.ZERO).tasks().get(0);
			assertThat(taken.lease().reference()).isEqualTo(stale.lease().reference());
			tokens.add(taken.lease().token());
			assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> forgotten.release(stale));
			restore(before);
		}
		assertThat(tokens).doesNotHaveDuplicates();
	}

	@ParameterizedTest
	@EnumSource(Settlement.Verb.class)
	void isCheckedForWhatADequeueSettlesToo(Settlement.Verb verb) {
		this.fixture.template().enqueue(this.fixture.name(), "x");
		RedisQueue first = this.fixture.queueOfAnother(TestSettings.settings());
		LeasedTask stale = first.dequeue(1, Duration.ZERO).tasks().get(0);
		this.fixture.expire(stale);
		this.fixture.queue().dequeue(1, Duration.ZERO);
		QueueDump before = this.fixture.dump().ofTasks();
		Settlement settlement = new Settlement(verb, stale, Duration.ZERO, ERROR);
		Fetched fetched = first.consumer().dequeue(new Fetch(0, Join.NEVER, false, true, List.of(settlement)));
		assertThat(fetched.results()).containsExactly(Settlement.Result.LOST);
		assertThat(this.fixture.dump().ofTasks()).isEqualTo(before);
		assertThat(this.fixture.counted(Event.LEASE_LOST)).isEqualTo(1);
	}

	private static List<String> tokens(QueueConsumer consumer, int permits) {
		return consumer.dequeue(new Fetch(permits, Join.NEVER, false, true, List.of()))
			.tasks()
			.stream()
			.map((task) -> task.lease().token())
			.toList();
	}

	private Map<String, byte[]> snapshot() {
		Map<String, byte[]> dumps = new HashMap<>();
		this.fixture.redis()
			.keys(this.fixture.key("*"))
			.forEach((key) -> dumps.put(key, this.fixture.redis().dump(key)));
		return dumps;
	}

	private void restore(Map<String, byte[]> dumps) {
		this.fixture.redis().delete(this.fixture.redis().keys(this.fixture.key("*")));
		dumps.forEach((key, dump) -> this.fixture.redis().restore(key, dump, 0, TimeUnit.SECONDS));
	}

}
