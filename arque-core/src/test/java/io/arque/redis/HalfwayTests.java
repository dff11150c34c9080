package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A command that Redis refuses ends a script where it stands, and what was written before
 * stays. Here the user's permissions lack one command after the other.
 */
@OwnServer
class HalfwayTests {

	private static TestRedis redis;

	private static LettuceConnectionFactory connections;

	private final QueueFixture fixture = new QueueFixture(connections);

	private final RedisQueue queue = this.fixture.queue();

	private String expired;

	@BeforeAll
	static void start() {
		redis = RedisServers.startPrivate();
		connections = redis.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		redis.close();
	}

	@AfterEach
	void allowAll() {
		acl("+@all", "allchannels");
		this.fixture.afterEach(null);
	}

	static Stream<Arguments> commandsAndVerbs() {
		return Stream.of("RPUSH", "LPUSH", "LTRIM", "LSET", "ZADD", "ZREM", "HSET", "HDEL", "SET")
			.flatMap((command) -> Stream.of(Verb.values()).map((verb) -> Arguments.of(command, verb)));
	}

	/**
	 * A task that is in two places is found by the next call; one in no place would be
	 * lost.
	 */
	@ParameterizedTest
	@MethodSource("commandsAndVerbs")
	void taskIsInAtLeastOnePlaceWhereverAScriptEnds(String command, Verb verb) {
		fill();
		LeasedTask leased = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
		this.fixture.redis().opsForZSet().add(this.fixture.key("working"), bytes(this.expired), 1);
		String due = this.fixture.template()
			.enqueue(this.fixture.name(), "due", EnqueueOptions.none().withDelay(Duration.ofHours(1)));
		this.fixture.redis().opsForZSet().add(this.fixture.key("delayed"), bytes(due), 1);
		Set<String> before = references();
		acl("-" + command.toLowerCase(Locale.ROOT));
		try {
			verb.call(this.queue, leased);
		}
		catch (DataAccessException ex) {
			assertThat(ex).hasStackTraceContaining("can't run this command");
		}
		acl("+@all");
		Set<String> bodies = references();
		if (verb != Verb.RELEASE) {
			assertThat(bodies).isEqualTo(before);
		}
		assertThat(places()).containsAll(bodies);
	}

	@ParameterizedTest
	@ValueSource(strings = { "lpush", "ltrim", "lset", "set" })
	void taskThatIsPassedOverStaysInPendingWhereverADequeueEnds(String command) {
		String newer = this.fixture.template().enqueue(this.fixture.name(), "newer");
		this.fixture.template().enqueue(this.fixture.name(), "other");
		this.fixture.redis().opsForHash().put(this.fixture.key("tasks"), newer, bytes("\2newer"));
		acl("-" + command);
		try {
			this.queue.dequeue(5, Duration.ZERO);
		}
		catch (DataAccessException ex) {
			assertThat(ex).hasStackTraceContaining("can't run this command");
		}
		acl("+@all");
		assertThat(places()).contains(newer);
	}

	@Test
	void changesStayWhereTheChannelIsForbiddenAndWhoWaitsFindsThemByItself() {
		acl("resetchannels");
		ArqueClient waiting = this.fixture.newClient(TestSettings.settings());
		List<LeasedTask> taken = new ArrayList<>();
		Thread worker = new Thread(
				() -> taken.addAll(waiting.queue(this.fixture.name()).dequeue(1, Duration.ofSeconds(30)).tasks()));
		worker.start();
		await().until(() -> !this.fixture.dump().values("waiters/").isEmpty());
		String id = this.fixture.template().enqueue(this.fixture.name(), "payload");
		assertThat(this.fixture.queue().task(id)).isPresent();
		await().atMost(Duration.ofSeconds(20)).until(() -> !worker.isAlive());
		assertThat(taken).extracting(LeasedTask::id).containsExactly(id);
		waiting.queue(this.fixture.name()).release(taken.get(0));
		assertThat(this.fixture.queue().stats().tasks()).isZero();
	}

	/**
	 * An expired lease, a dead letter, one to be leased next, one of a newer format
	 * behind it, and another.
	 */
	private void fill() {
		String name = this.fixture.name();
		ArqueTemplate template = this.fixture.template();
		template.enqueue(name, "expired");
		LeasedTask expired = this.queue.dequeue(1, Duration.ZERO).tasks().get(0);
		template.enqueue(name, "dead", EnqueueOptions.none().withId("dead"));
		this.queue.reject(this.queue.dequeue(1, Duration.ZERO).tasks().get(0), "why");
		template.enqueue(name, "leased");
		String newer = template.enqueue(name, "newer");
		template.enqueue(name, "other");
		this.fixture.redis().opsForHash().put(this.fixture.key("tasks"), newer, bytes("\2newer"));
		this.expired = expired.lease().reference();
	}

	private Set<String> references() {
		return names("tasks/");
	}

	private Set<String> places() {
		Set<String> places = new HashSet<>();
		for (String kind : List.of("delayed/", "working/", "failed/")) {
			places.addAll(names(kind));
		}
		this.fixture.dump().values("pending").forEach((entry) -> places.add(entry.substring(0, 16)));
		return places;
	}

	private Set<String> names(String kind) {
		Set<String> names = new TreeSet<>();
		this.fixture.dump()
			.entries()
			.keySet()
			.stream()
			.filter((name) -> name.startsWith(kind))
			.forEach((name) -> names.add(name.substring(kind.length())));
		return names;
	}

	private static void acl(String... rules) {
		try (RedisConnection connection = connections.getConnection()) {
			connection.execute("ACL",
					Stream.concat(Stream.of("SETUSER", "default"), Stream.of(rules))
						.map(HalfwayTests::bytes)
						.toArray(byte[][]::new));
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	enum Verb {

		DEQUEUE, SWEEP, RELEASE, REQUEUE, REQUEUE_LATER, HAND_BACK, REJECT, EXTEND, REDRIVE, MAKE_DUE;

		void call(RedisQueue queue, LeasedTask task) {
			switch (this) {
				case DEQUEUE -> queue.dequeue(5, Duration.ZERO);
				case SWEEP -> queue.sweep();
				case RELEASE -> queue.release(task);
				case REQUEUE -> queue.requeue(task, Duration.ZERO);
				case REQUEUE_LATER -> queue.requeue(task, Duration.ofMinutes(1));
				case HAND_BACK -> queue.handBack(task);
				case REJECT -> queue.reject(task, "why");
				case EXTEND -> queue.extend(task, Duration.ofMinutes(1));
				case REDRIVE -> queue.failed().redrive("dead");
				case MAKE_DUE -> queue.probe().makeDue();
			}
		}

	}

}
