package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.arque.ArqueMetrics;
import io.arque.ArqueMetrics.Event;
import io.arque.DequeueResult;
import io.arque.EnqueueAllException;
import io.arque.LeasedTask;
import io.arque.PayloadTooLargeException;
import io.arque.test.OnePartition;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

@OnePartition("Counts calls, and looks for an order that several partitions have not")
class EnqueueAllTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void addsAllInOrderInAsFewCallsAsTheirNumberAllows() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(5000), tap.factory(),
				ArqueMetrics.NONE);
		List<String> payloads = numbers(1200);
		List<String> ids = new ArqueTemplate(client).enqueueAll(this.fixture.name(), payloads);
		assertThat(tap.calls()).hasSize(3);
		assertThat(ids).hasSize(1200).doesNotHaveDuplicates();
		List<LeasedTask> tasks = leaseAll(client.queue(this.fixture.name()));
		assertThat(tasks).extracting(LeasedTask::id).isEqualTo(ids);
		assertThat(tasks).extracting((task) -> task.payload().text()).isEqualTo(payloads);
	}

	@Test
	void addsLargePayloadsInOrder() {
		List<byte[]> payloads = IntStream.range(0, 40).mapToObj((i) -> {
			byte[] payload = new byte[(i % 7 == 0) ? 1_500_000 : 200_000];
			payload[17] = (byte) i;
			return payload;
		}).toList();
		List<String> ids = this.fixture.template().enqueueAll(this.fixture.name(), payloads);
		assertThat(this.fixture.counted(Event.ENQUEUED)).isEqualTo(40);
		List<LeasedTask> tasks = leaseAll(this.fixture.queue());
		assertThat(tasks).extracting(LeasedTask::id).isEqualTo(ids);
		assertThat(tasks).extracting((task) -> task.payload().bytes())
			.usingElementComparator(Arrays::compare)
			.isEqualTo(payloads);
	}

	@Test
	void addsNothingOfNothing() {
		assertThat(this.fixture.template().enqueueAll(this.fixture.name(), List.of())).isEmpty();
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void addsNothingWhenOnePayloadIsTooLarge() {
		List<Object> payloads = new ArrayList<>(Collections.nCopies(700, "small"));
		payloads.add(new byte[(int) QueueFixture.MAX_PAYLOAD_BYTES + 1]);
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.template().enqueueAll(this.fixture.name(), payloads));
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void tellsWhichTasksAreInWhenRedisRefusesTheSecondCall() {
		// the count after the first call is the moment at which a key becomes foreign
		ArqueMetrics breaking = onFirstCount(
				() -> this.fixture.redis().opsForValue().set(this.fixture.key("delayed"), new byte[] { 1 }));
		ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(5000),
				this.fixture.connectionFactory(), breaking);
		EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class,
				() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(1200)));
		assertThat(ex).hasMessageContaining("500 are in").hasMessageContaining("500 more may be");
		assertThat(ex).hasCauseInstanceOf(DataAccessException.class);
		this.fixture.redis().delete(this.fixture.key("delayed"));
		assertThat(leaseAll(client.queue(this.fixture.name()))).extracting(LeasedTask::id).isEqualTo(ex.enqueued());
		assertThat(ex.uncertain()).hasSize(500).doesNotContainAnyElementsOf(ex.enqueued());
	}

	@Test
	@OwnServer
	void tellsWhichTasksAreInWhenRedisGoesAway() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory factory = redis.newConnectionFactory();
			try {
				AtomicReference<List<String>> in = new AtomicReference<>();
				RedisQueue[] queue = new RedisQueue[1];
				ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(5000), factory,
						onFirstCount(() -> {
							in.set(leaseAll(queue[0]).stream().map(LeasedTask::id).toList());
							redis.stop();
						}));
				queue[0] = client.queue(this.fixture.name());
				EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class,
						() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(1101)));
				assertThat(ex.enqueued()).hasSize(500).isEqualTo(in.get());
				assertThat(ex.uncertain()).hasSize(500);
				assertThat(ex).hasCauseInstanceOf(DataAccessException.class);
			}
			finally {
				factory.destroy();
			}
		}
	}

	private static ArqueMetrics onFirstCount(Runnable action) {
		AtomicReference<Runnable> once = new AtomicReference<>(action);
		return new ArqueMetrics() {

			@Override
			public void count(String queue, Event event, long tasks) {
				Runnable first = once.getAndSet(null);
				if (first != null) {
					first.run();
				}
			}

		};
	}

	private static List<String> numbers(int count) {
		return IntStream.range(0, count).mapToObj(Integer::toString).toList();
	}

	private static List<LeasedTask> leaseAll(RedisQueue queue) {
		List<LeasedTask> tasks = new ArrayList<>();
		DequeueResult result = queue.dequeue(200, Duration.ZERO);
		while (!result.isEmpty()) {
			tasks.addAll(result.tasks());
			result = queue.dequeue(200, Duration.ZERO);
		}
		return tasks;
	}

}
