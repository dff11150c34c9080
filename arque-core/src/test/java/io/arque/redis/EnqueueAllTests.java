package io.arque.redis;

import java.nio.charset.StandardCharsets;
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
import io.arque.EnqueueOptions;
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
import static org.awaitility.Awaitility.await;

@OnePartition("Counts calls, and looks for an order that several partitions have not")
class EnqueueAllTests {

	/** A call that comes after another names its lane too. */
	private static final int KEYS_AFTER_ANOTHER = 12;

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
	void aCallThatOvertakesTheOneBeforeItChangesNothing() {
		QueuePartition partition = this.fixture.queue().partitions().get(0);
		EnqueueCall first = partition.enqueueCall(List.of(task("first")), null);
		EnqueueCall second = partition.enqueueCall(List.of(task("second")), first);
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(second::execute).matches(EnqueueCall::isEarly);
		assertThat(this.fixture.queue().stats().tasks()).isZero();
		first.execute();
		second.execute();
		assertThat(leaseAll(this.fixture.queue())).extracting((task) -> task.payload().text())
			.containsExactly("first", "second");
	}

	@Test
	void tellsWhichTasksAreInWhenRedisForgetsACallBeforeTheNext() {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		ArqueClient client = this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE);
		tap.beforeEachCall((call) -> {
			if (call.keys() == KEYS_AFTER_ANOTHER) {
				await().pollInterval(Duration.ofMillis(1)).until(() -> !tap.calls().isEmpty());
				forgetLanes();
			}
		});
		EnqueueAllException failure = catchThrowableOfType(EnqueueAllException.class,
				() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(1200)));
		assertThat(failure.enqueued()).hasSize(500);
		assertThat(failure.uncertain()).isEmpty();
		assertThat(failure.getCause()).matches((cause) -> EnqueueCall.isEarly((DataAccessException) cause));
		assertThat(this.fixture.queue().stats().pending()).isEqualTo(500);
	}

	private void forgetLanes() {
		this.fixture.redis()
			.delete(this.fixture.redis().keys(QueueFixture.KEY_PREFIX + ":{" + this.fixture.name() + "}:lane:*"));
	}

	@Test
	void addsNothingOfNothing() {
		assertThat(this.fixture.template().enqueueAll(this.fixture.name(), List.of())).isEmpty();
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void addsNothingWhenOneOfTheFirstPayloadsIsTooLarge() {
		List<Object> payloads = new ArrayList<>(Collections.nCopies(400, "small"));
		payloads.add(tooLarge());
		assertThatExceptionOfType(PayloadTooLargeException.class)
			.isThrownBy(() -> this.fixture.template().enqueueAll(this.fixture.name(), payloads));
		assertThat(this.fixture.dump().entries()).isEmpty();
	}

	@Test
	void tellsWhichTasksAreInWhenALaterPayloadIsTooLarge() {
		List<Object> payloads = new ArrayList<>(numbers(2700));
		payloads.add(tooLarge());
		payloads.addAll(numbers(700));
		EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class,
				() -> this.fixture.template().enqueueAll(this.fixture.name(), payloads));
		assertThat(ex).hasCauseInstanceOf(PayloadTooLargeException.class);
		assertThat(ex.uncertain()).isEmpty();
		// what had been handed over when the payload was met was sent, or given up
		assertThat(ex.enqueued()).hasSizeBetween(1500, 2500);
		RedisQueue queue = this.fixture.newClient(TestSettings.settings().workingLimit(5000))
			.queue(this.fixture.name());
		assertThat(leaseAll(queue)).extracting(LeasedTask::id).isEqualTo(ex.enqueued());
	}

	@Test
	void tellsWhatIsUncertainWhenItsCallerIsInterrupted() {
		ArqueMetrics interrupting = onFirstCount(interruptCurrent());
		ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(5000),
				this.fixture.connectionFactory(), interrupting);
		EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class,
				() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(20_000)));
		assertThat(Thread.interrupted()).isTrue();
		assertThat(ex.enqueued()).hasSizeGreaterThanOrEqualTo(500);
		assertThat(ex.uncertain()).hasSizeLessThanOrEqualTo(1000).doesNotContainAnyElementsOf(ex.enqueued());
		assertThat(leaseAll(client.queue(this.fixture.name()))).extracting(LeasedTask::id)
			.containsAll(ex.enqueued())
			.allMatch((id) -> ex.enqueued().contains(id) || ex.uncertain().contains(id));
	}

	@Test
	void tellsWhichTasksAreInWhenRedisRefusesALaterCall() {
		// the count after the first call is the moment at which a key becomes foreign
		ArqueMetrics breaking = onFirstCount(
				() -> this.fixture.redis().opsForValue().set(this.fixture.key("delayed"), new byte[] { 1 }));
		ArqueClient client = this.fixture.newClient(TestSettings.settings().workingLimit(5000),
				this.fixture.connectionFactory(), breaking);
		EnqueueAllException ex = catchThrowableOfType(EnqueueAllException.class,
				() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(20_000)));
		assertThat(ex).hasMessageContaining("00 are in").hasMessageContaining("00 more may be");
		assertThat(ex).hasCauseInstanceOf(DataAccessException.class);
		this.fixture.redis().delete(this.fixture.key("delayed"));
		assertThat(leaseAll(client.queue(this.fixture.name()))).extracting(LeasedTask::id).isEqualTo(ex.enqueued());
		assertThat(ex.enqueued()).hasSizeBetween(500, 19_500);
		assertThat(ex.uncertain()).hasSizeBetween(500, 1000).doesNotContainAnyElementsOf(ex.enqueued());
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
						() -> new ArqueTemplate(client).enqueueAll(this.fixture.name(), numbers(20_000)));
				assertThat(ex.enqueued()).hasSizeBetween(500, 19_500);
				assertThat(in.get()).hasSizeGreaterThanOrEqualTo(500)
					.allMatch((id) -> ex.enqueued().contains(id) || ex.uncertain().contains(id));
				assertThat(ex.uncertain()).hasSizeBetween(500, 1000);
				assertThat(ex).hasCauseInstanceOf(DataAccessException.class);
			}
			finally {
				factory.destroy();
			}
		}
	}

	private NewTask task(String payload) {
		String reference = this.fixture.client().instance().nextReference();
		byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
		return new NewTask(reference, TaskBody.write(reference, EnqueueOptions.none(), bytes), EnqueueOptions.none());
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

	private static Runnable interruptCurrent() {
		return Thread.currentThread()::interrupt;
	}

	private static byte[] tooLarge() {
		return new byte[(int) QueueFixture.MAX_PAYLOAD_BYTES + 1];
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
