package io.arque.redis;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import io.arque.DuplicateTaskException;
import io.arque.LeaseLostException;
import io.arque.redis.TappedConnectionFactory.ScriptCall;
import io.arque.test.FaultPlan;
import io.arque.test.FaultPlan.Direction;
import io.arque.test.FaultyProxy;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The connection breaks at some byte of a call or of its answer, and Lettuce sends the
 * call again: the caller notices nothing, and the queue is as after one call.
 */
class CutConnectionTests {

	private static final long SEED = 20250611;

	private static FaultyProxy proxy;

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void connect() {
		proxy = FaultyProxy.beforeSharedServer();
		connections = proxy.newConnectionFactory(Duration.ofSeconds(20));
	}

	@AfterAll
	static void disconnect() {
		if (proxy != null) { // else there is no single server
			connections.destroy();
			proxy.close();
		}
	}

	static List<ReplayScenario> scenarios() {
		return ReplayScenario.all();
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void callerNoticesNothingWhereverTheConnectionBreaks(ReplayScenario scenario) {
		Outcome undisturbed = undisturbed(scenario);
		Random random = new Random(SEED + scenario.name().hashCode());
		for (Direction direction : Direction.values()) {
			int bytes = (direction == Direction.REQUEST) ? undisturbed.requestBytes : undisturbed.replyBytes;
			for (int passing : positions(random, bytes)) {
				assertNotNoticed(scenario, undisturbed, direction, passing);
			}
		}
	}

	@Test
	void consumerGetsItsTasksWhereverInTheAnswerTheConnectionBreaks() {
		ReplayScenario scenario = scenarios().stream()
			.filter((each) -> each.name().equals("dequeue with all settlements"))
			.findFirst()
			.orElseThrow();
		Outcome undisturbed = undisturbed(scenario);
		for (int passing = 0; passing < undisturbed.replyBytes - 3; passing += 2) {
			assertNotNoticed(scenario, undisturbed, Direction.REPLY, passing);
		}
	}

	private static void assertNotNoticed(ReplayScenario scenario, Outcome undisturbed, Direction direction,
			int passing) {
		int before = proxy.faults();
		Outcome disturbed = run(scenario, FaultPlan.cutAfter(direction, passing));
		String where = "cut after %d bytes of the %s".formatted(passing, direction);
		assertThat(proxy.faults()).as(where).isEqualTo(before + 1);
		assertThat(disturbed.answer).as(where).isEqualTo(undisturbed.answer);
		assertThat(disturbed.exception).as(where).isEqualTo(undisturbed.exception);
		assertThat(disturbed.queue).as(where).isEqualTo(undisturbed.queue);
	}

	@Test
	void scriptRunsTwiceInRedisWhenItsAnswerIsLost() {
		try (TestRedis redis = RedisServers.startPrivate(); FaultyProxy own = FaultyProxy.before(redis)) {
			LettuceConnectionFactory direct = redis.newConnectionFactory();
			LettuceConnectionFactory cut = own.newConnectionFactory(Duration.ofSeconds(20));
			try {
				QueueFixture fixture = new QueueFixture(cut);
				fixture.template().enqueue(fixture.name(), "loads the script");
				long scripts = calls(direct, "evalsha");
				long enqueued = calls(direct, "rpush");
				own.plan(FaultPlan.cutAfter(Direction.REPLY, 0));
				fixture.template().enqueue(fixture.name(), "once");
				assertThat(calls(direct, "evalsha")).isEqualTo(scripts + 2);
				assertThat(calls(direct, "rpush")).isEqualTo(enqueued + 1);
				assertThat(fixture.queue().stats().pending()).isEqualTo(2);
			}
			finally {
				cut.destroy();
				direct.destroy();
			}
		}
	}

	private static long calls(LettuceConnectionFactory factory, String command) {
		try (RedisConnection connection = factory.getConnection()) {
			String stats = connection.serverCommands().info("commandstats").getProperty("cmdstat_" + command);
			return (stats != null) ? Long.parseLong(stats.replaceAll("calls=(\\d+),.*", "$1")) : 0;
		}
	}

	/**
	 * Returns the first byte, one of the last and some between.
	 */
	private static int[] positions(Random random, int bytes) {
		// another time a number, or a partition's tag, may have fewer characters
		int last = Math.max(1, bytes - Math.max(4, bytes / 20));
		return IntStream.concat(IntStream.of(0, last), random.ints(3, 0, last)).distinct().toArray();
	}

	private static Outcome undisturbed(ReplayScenario scenario) {
		run(scenario, FaultPlan.NONE); // loads the scripts
		return run(scenario, FaultPlan.NONE);
	}

	private static Outcome run(ReplayScenario scenario, FaultPlan plan) {
		QueueFixture fixture = new QueueFixture(connections);
		try {
			ReplayStage stage = new ReplayStage(fixture);
			Runnable action = scenario.prepare().apply(stage);
			stage.queue.stats(); // the client's first call asks for the server's version
			stage.tap.calls().clear();
			String exception = "";
			proxy.plan(plan);
			try {
				action.run();
			}
			catch (LeaseLostException | DuplicateTaskException ex) {
				exception = ex.getClass().getSimpleName();
			}
			int requestBytes = proxy.requestBytes();
			int replyBytes = proxy.replyBytes();
			proxy.plan(FaultPlan.NONE);
			// an answer that broke off midway is asked for again: the last one counts
			ScriptCall call = stage.tap.calls().get(stage.tap.calls().size() - 1);
			return new Outcome(answer(call), exception, queue(fixture), requestBytes, replyBytes);
		}
		finally {
			proxy.plan(FaultPlan.NONE);
			fixture.afterEach(null);
		}
	}

	private static String answer(ScriptCall call) {
		return ReplayTests.statuses(call, call.answer()).toString().replaceAll("\\d{13}", "time");
	}

	/**
	 * Returns what the queue holds, without references, tokens and times.
	 */
	private static List<String> queue(QueueFixture fixture) {
		QueueDump dump = fixture.dump();
		return List.of("pending " + dump.values("pending[").size(), "delayed " + dump.values("delayed/").size(),
				"working " + dump.values("working/").size(), "failed " + dump.values("failed/").size(),
				"ids " + dump.values("ids/").size(), "bodies " + dump.values("tasks/").size(),
				"attempts/crashes/requeues " + fixture.deliveries());
	}

	/**
	 * What came of a call, and how many bytes it took.
	 */
	private record Outcome(String answer, String exception, List<String> queue, int requestBytes, int replyBytes) {
	}

}
