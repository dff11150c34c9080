package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.arque.DuplicateTaskException;
import io.arque.LeaseLostException;
import io.arque.redis.TappedConnectionFactory.ScriptCall;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.script.RedisScript;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Lua does not roll back: each call is broken off before its first write, its second, and
 * so on, and no task may be out of reach then.
 */
@OnePartition("Repeats calls with the keys of one queue")
class WriteOrderTests {

	/**
	 * Stands before the script: its writes fail once there were this many, and a command
	 * that is neither known as a write nor as a read fails always.
	 */
	private static final String BREAK = """
			local real, left = redis, %d
			local writes = { HSET = 1, HDEL = 1, ZADD = 1, ZREM = 1, ZREMRANGEBYSCORE = 1, RPUSH = 1, LPUSH = 1,
			  LTRIM = 1, LSET = 1, SET = 1 }
			local reads = { GET = 1, HEXISTS = 1, HGET = 1, HGETALL = 1, HLEN = 1, HMGET = 1, HSTRLEN = 1, LINDEX = 1,
			  LLEN = 1, LRANGE = 1, TIME = 1, ZCARD = 1, ZRANGE = 1, ZRANGEBYSCORE = 1, ZSCORE = 1 }
			local redis = { pcall = real.pcall, call = function(command, ...)
			  if writes[command] then
			    if left == 0 then error('BROKENOFF') end
			    left = left - 1
			  elseif not reads[command] then
			    error('NOTKNOWN ' .. command)
			  end
			  return real.call(command, ...)
			end }
			""";

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	static List<ReplayScenario> scenarios() {
		return ReplayScenario.all().stream().filter((scenario) -> !scenario.name().equals("clear")).toList();
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void noTaskIsOutOfReachWhereverAScriptBreaksOff(ReplayScenario scenario) {
		ReplayStage stage = new ReplayStage(this.fixture);
		Runnable action = scenario.prepare().apply(stage);
		Map<String, byte[]> before = this.fixture.snapshot();
		Set<String> bodiesBefore = bodies();
		int reachableBefore = reachable().size();
		ScriptCall call = call(stage, action);
		Set<String> kept = new HashSet<>(bodies());
		kept.retainAll(bodiesBefore);
		int atLeast = Math.min(reachableBefore, reachable().size());
		boolean brokenOff = true;
		int writes = 0;
		for (; brokenOff; writes++) {
			this.fixture.restore(before);
			brokenOff = breaksOff(call, writes);
			Set<String> reachable = reachable();
			assertThat(reachable).as("tasks in reach after %d writes", writes)
				.hasSizeGreaterThanOrEqualTo(atLeast)
				.containsAll(kept);
			Set<String> stuck = new HashSet<>(bodies());
			stuck.retainAll(bodiesBefore);
			stuck.removeAll(reachable);
			assertThat(stuck).as("bodies out of reach after %d writes", writes).isEmpty();
		}
		assertThat(writes).as("calls, of which all but the last were broken off").isGreaterThan(1);
	}

	private static ScriptCall call(ReplayStage stage, Runnable action) {
		try {
			action.run();
		}
		catch (LeaseLostException | DuplicateTaskException ex) {
			// an answer like others
		}
		List<ScriptCall> writing = ReplayTests.writing(stage.tap.calls());
		return writing.get(writing.size() - 1);
	}

	private static boolean breaksOff(ScriptCall call, int writes) {
		RedisScript<?> script = ReplayTests.script(call);
		try {
			call.againAs(String.format(BREAK, writes) + script.getScriptAsString());
			return false;
		}
		catch (DataAccessException ex) {
			assertThat(ex).rootCause().hasMessageContaining("BROKENOFF");
			return true;
		}
	}

	private Set<String> bodies() {
		return this.fixture.redis()
			.<String, byte[]>opsForHash()
			.keys(this.fixture.key("tasks"))
			.stream()
			.collect(Collectors.toSet());
	}

	/**
	 * Returns the tasks that have a body and a place.
	 */
	private Set<String> reachable() {
		Set<String> places = new HashSet<>();
		this.fixture.redis()
			.opsForList()
			.range(this.fixture.key("pending"), 0, -1)
			.forEach((entry) -> places.add(new String(entry, 0, 16, StandardCharsets.UTF_8)));
		for (String kind : List.of("delayed", "working", "failed")) {
			this.fixture.redis()
				.opsForZSet()
				.range(this.fixture.key(kind), 0, -1)
				.forEach((reference) -> places.add(new String(reference, StandardCharsets.UTF_8)));
		}
		places.retainAll(bodies());
		return places;
	}

}
