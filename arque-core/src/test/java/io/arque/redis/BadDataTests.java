package io.arque.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import ch.qos.logback.classic.Level;
import io.arque.ArqueException;
import io.arque.ArqueMetrics;
import io.arque.DequeueResult;
import io.arque.DequeueResult.Reason;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.LeasedTask;
import io.arque.QueueStats;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;
import io.arque.test.LogCapture;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
@OnePartition("Damages keys by hand")
class BadDataTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	static Stream<Arguments> kindsAndVerbs() {
		return QueueFixture.kinds()
			.stream()
			.flatMap((kind) -> Verb.all().stream().map((verb) -> Arguments.of(kind, verb)));
	}

	@ParameterizedTest
	@MethodSource("kindsAndVerbs")
	void keyOfForeignTypeFailsTheCallBeforeItWrites(String kind, Verb verb) {
		LeasedTask leased = fill();
		this.fixture.redis().delete(this.fixture.key(kind));
		this.fixture.redis().opsForValue().set(this.fixture.key(kind), bytes("foreign"));
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> verb.call.accept(new Target(this.fixture, leased)))
			.havingRootCause()
			.withMessageContaining("WRONGTYPE");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void laneOfForeignTypeFailsTheCallBeforeItWrites() {
		fill();
		ArqueClient client = this.fixture.newClient(TestSettings.settings());
		Lane lane = client.instance().newLane();
		this.fixture.redis().opsForList().leftPush(this.fixture.key("lane:" + lane.name()), bytes("foreign"));
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> new QueueConsumer(this.fixture.access(client), lane)
				.dequeue(new Fetch(2, Join.WHEN_SHORT, true, true, List.of())))
			.havingRootCause()
			.withMessageContaining("WRONGTYPE");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	static List<Verb> verbs() {
		return Verb.all();
	}

	@ParameterizedTest
	@MethodSource("verbs")
	void queueOfANewerFormatIsLeftAlone(Verb verb) {
		LeasedTask leased = fill();
		this.fixture.redis().opsForHash().put(this.fixture.key("config"), "v", bytes("2"));
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(ArqueException.class)
			.isThrownBy(() -> verb.call.accept(new Target(this.fixture, leased)))
			.withMessageContaining(this.fixture.name())
			.withMessageContaining("format 2")
			.withMessageContaining("reads format 1");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void bodiesOfANewerFormatStayAtTheHeadWhileOthersAreDelivered() {
		List<String> ids = enqueue(6);
		for (int i : new int[] { 0, 1, 3 }) {
			setBody(ids.get(i), bytes("\2 from the future"));
		}
		DequeueResult result = dequeue(5);
		assertThat(result.tasks()).extracting(LeasedTask::id).containsExactly(ids.get(2), ids.get(4), ids.get(5));
		assertThat(result.reason()).isEqualTo(Reason.EMPTY);
		assertThat(pendingReferences()).containsExactly(ids.get(0), ids.get(1), ids.get(3));
		assertThat(dequeue(5).tasks()).isEmpty();
		assertThat(pendingReferences()).containsExactly(ids.get(0), ids.get(1), ids.get(3));
		assertThat(this.fixture.dump().values("tasks/" + ids.get(0))).containsExactly("\\x02 from the future");
		assertThat(this.fixture.queue().stats()).extracting(QueueStats::pending, QueueStats::failed)
			.containsExactly(3L, 0L);
	}

	@Test
	void taskOfANewerFormatIsNamedWhenAskedFor() {
		String id = enqueue(1).get(0);
		setBody(id, bytes("\2 from the future"));
		assertThatExceptionOfType(ArqueException.class).isThrownBy(() -> this.fixture.queue().task(id))
			.withMessageContaining(id)
			.withMessageContaining("cannot read");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 1300 })
	void waitsWithoutPollingBeforeBodiesOfANewerFormat(int unreadable) {
		TappedConnectionFactory tap = new TappedConnectionFactory(this.fixture.connectionFactory());
		RedisQueue queue = this.fixture.newClient(TestSettings.settings(), tap.factory(), ArqueMetrics.NONE)
			.queue(this.fixture.name());
		enqueue(unreadable).forEach((id) -> setBody(id, bytes("\2 from the future")));
		assertThat(queue.dequeue(3, Duration.ofMillis(1700)).isEmpty()).isTrue();
		assertThat(tap.calls()).hasSizeBetween(2, 8);
	}

	static Stream<byte[]> damagedBodies() {
		Stream<byte[]> afterTheTime = Stream.of(new byte[] {}, new byte[] { 0 }, new byte[] { 1, 0 },
				new byte[] { 1, 9 }, new byte[] { 4, (byte) 0xFF, (byte) 0xFF, 'a', 'b', 'c', 0 },
				new byte[] { 4, 0, 5, 'a', 'b' }, new byte[] { 2, 0, 0, 0 },
				new byte[] { 8, 0, 9, 0, 1, 'n', 0, 0, 0, 1, 'v', 0 },
				new byte[] { 15, 0, 1, 0, 0, 0, 0, 0, 1, 0, 3, 'a' });
		return Stream.concat(Stream.of(new byte[] { 1 }, new byte[] { 1, 0, 0, 0, 0 }),
				afterTheTime.map((rest) -> ByteBuffer.allocate(7 + rest.length).put((byte) 1).put(7, rest).array()));
	}

	@ParameterizedTest
	@MethodSource("damagedBodies")
	void damagedBodyGoesToFailedAsItIsAndOthersAreDelivered(byte[] damaged) {
		List<String> ids = enqueue(3);
		setBody(ids.get(1), damaged);
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			assertThat(dequeue(5).tasks()).extracting(LeasedTask::id).containsExactly(ids.get(0), ids.get(2));
			assertThat(dequeue(5).tasks()).as("rejects with the next call at the latest").isEmpty();
			assertThat(log.complaints(this.fixture.name())).hasSize(1).allMatch((line) -> line.contains(ids.get(1)));
		}
		FailedTask failed = this.fixture.queue().failed().list(0, 10).get(0);
		assertThat(failed.reference()).isEqualTo(ids.get(1));
		assertThat(failed.payload().bytes()).isEqualTo(damaged);
		assertThat(failed.error().type()).isEqualTo(ArqueException.class.getName());
		assertThat(failed.error().message()).contains("cut short or damaged");
		assertThat(this.fixture.queue().failed().delete(ids.get(1))).isTrue();
		assertThat(this.fixture.queue().stats()).extracting(QueueStats::failed, QueueStats::failedBytes)
			.containsExactly(0L, 0L);
	}

	@ParameterizedTest
	@MethodSource("damagedBodies")
	void taskWithDamagedBodyIsFoundOrNamedWhenAskedFor(byte[] damaged) {
		String id = enqueue(1).get(0);
		setBody(id, damaged);
		try {
			assertThat(this.fixture.queue().task(id).orElseThrow().state()).isEqualTo(TaskState.PENDING);
		}
		catch (ArqueException ex) {
			assertThat(ex).hasMessageContaining("cut short or damaged");
		}
	}

	@Test
	void dequeueComesThroughManyDamagedBodies() {
		List<String> ids = enqueue(1500);
		ids.subList(0, 1499).forEach((id) -> setBody(id, new byte[] { 1 }));
		TestSettings all = TestSettings.settings().deadLetter(9000, 90_000_000, Duration.ofDays(1));
		RedisQueue queue = this.fixture.queueOfAnother(all);
		assertThat(queue.dequeue(20, Duration.ZERO).tasks()).extracting(LeasedTask::id).containsExactly(ids.get(1499));
		assertThat(queue.dequeue(20, Duration.ZERO).tasks()).isEmpty();
		assertThat(queue.stats().failed()).isEqualTo(1499);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "\1", "\1\0\0\0\1\0\0", "\2 from the future" })
	void taskWhoseStateCannotBeReadStaysWhereItIs(String state) {
		List<String> ids = enqueue(2);
		this.fixture.redis().opsForHash().put(this.fixture.key("state"), ids.get(0), bytes(state));
		try (LogCapture log = new LogCapture("io.arque", Level.INFO)) {
			assertThat(dequeue(5).tasks()).extracting(LeasedTask::id).containsExactly(ids.get(1));
			this.fixture.queue().sweep();
			assertThat(dequeue(5).tasks()).isEmpty();
			assertThat(log.complaints("cannot read")).as("it is met twice, and told once").hasSize(1);
			assertThat(log.complaints(this.fixture.name())).hasSize(1);
		}
		assertThat(pendingReferences()).containsExactly(ids.get(0));
		assertThat(this.fixture.dump().values("state/" + ids.get(0)))
			.containsExactly(QueueDump.printable(bytes(state)));
	}

	@Test
	void queueAndEachRecordTellTheirFormat() {
		enqueue(1);
		assertThat(this.fixture.dump().values("config/v")).as("of a queue that was never consumed")
			.containsExactly("1");
		this.fixture.queue().release(dequeue(1).tasks().get(0));
		fill();
		QueueDump dump = this.fixture.dump();
		assertThat(dump.values("tasks/")).hasSize(4).allSatisfy((body) -> assertThat(body).startsWith("\\x01"));
		assertThat(dump.values("state/")).hasSize(2).allSatisfy((state) -> assertThat(state).startsWith("\\x01"));
		assertThat(dump.values("errors/")).hasSize(1).allSatisfy((error) -> assertThat(error).startsWith("1"));
	}

	/**
	 * Makes a queue that has every kind of key.
	 * @return a task that is leased
	 */
	private LeasedTask fill() {
		RedisQueue queue = this.fixture.queue();
		ArqueTemplate template = this.fixture.template();
		EnqueueOptions options = EnqueueOptions.none();
		template.enqueue(this.fixture.name(), "failed", options.withId("f"));
		queue.reject(dequeue(1).tasks().get(0), "for good");
		template.enqueue(this.fixture.name(), "working", options.withId("w"));
		LeasedTask leased = dequeue(1).tasks().get(0);
		template.enqueue(this.fixture.name(), "delayed", options.withDelay(Duration.ofHours(1)));
		template.enqueue(this.fixture.name(), "pending", options.withId("p"));
		this.fixture.redis()
			.opsForZSet()
			.add(this.fixture.key("waiters"), bytes("nobodyAA1234"), this.fixture.redisTime().toEpochMilli());
		assertThat(this.fixture.stateOf("w")).isEqualTo(TaskState.WORKING);
		return leased;
	}

	private List<String> enqueue(int tasks) {
		return this.fixture.template()
			.enqueueAll(this.fixture.name(), IntStream.range(0, tasks).mapToObj(Integer::toString).toList());
	}

	private DequeueResult dequeue(int max) {
		return this.fixture.queue().dequeue(max, Duration.ZERO);
	}

	private void setBody(String reference, byte[] body) {
		this.fixture.redis().opsForHash().put(this.fixture.key("tasks"), reference, body);
	}

	private List<String> pendingReferences() {
		return this.fixture.dump().values("pending").stream().map((entry) -> entry.substring(0, 16)).toList();
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private record Target(QueueFixture fixture, LeasedTask leased) {
	}

	private record Verb(String name, Consumer<Target> call) {

		static List<Verb> all() {
			return List.of(of("enqueue", (t) -> t.fixture.template().enqueue(t.fixture.name(), "x")),
					of("dequeue", (t) -> t.fixture.queue().dequeue(2, Duration.ZERO)),
					of("release", (t) -> t.fixture.queue().release(t.leased)),
					of("requeue", (t) -> t.fixture.queue().requeue(t.leased, Duration.ZERO)),
					of("handBack", (t) -> t.fixture.queue().handBack(t.leased)),
					of("reject", (t) -> t.fixture.queue().reject(t.leased, "reason")),
					of("extend", (t) -> t.fixture.queue().extend(t.leased, Duration.ofSeconds(3))),
					of("sweep", (t) -> t.fixture.queue().sweep()), of("pause", (t) -> t.fixture.queue().pause()),
					of("resume", (t) -> t.fixture.queue().resume()),
					of("redriveAll", (t) -> t.fixture.queue().failed().redriveAll()),
					of("purge", (t) -> t.fixture.queue().failed().purge()),
					of("list", (t) -> t.fixture.queue().failed().list(0, 5)),
					of("task", (t) -> t.fixture.queue().task("w")), of("stats", (t) -> t.fixture.queue().stats()));
		}

		static Verb of(String name, Consumer<Target> call) {
			return new Verb(name, call);
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
