package io.arque.redis;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.DuplicateTaskException;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;
import io.arque.redis.TappedConnectionFactory.ScriptCall;
import io.arque.test.OnePartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.script.RedisScript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Every script may run twice. The calls are taken where they leave for Redis and sent
 * once more, byte for byte, as Lettuce does after a reconnect. Compared is everything
 * that Redis holds of the queue, waiters and lanes included; only times to live are not.
 */
@OnePartition("Repeats calls with the keys of one queue")
class ReplayTests {

	private static final List<RedisScript<?>> WRITING = List.of(Scripts.ENQUEUE, Scripts.DEQUEUE, Scripts.RELEASE,
			Scripts.REQUEUE, Scripts.HAND_BACK, Scripts.REJECT, Scripts.EXTEND, Scripts.SWEEP, Scripts.CONFIGURE,
			Scripts.REDRIVE, Scripts.DELETE, Scripts.MAKE_DUE, Scripts.CLEAR, Scripts.SHARE_OUT, Scripts.TAKE_SHARE);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	static List<ReplayScenario> scenarios() {
		return ReplayScenario.all();
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void sameCallAgainChangesNothingAndGetsTheFirstAnswer(ReplayScenario scenario) {
		ReplayStage stage = new ReplayStage(this.fixture);
		ScriptCall call = call(stage, scenario);
		QueueDump before = this.fixture.dump();
		Object again = call.again();
		assertThat(this.fixture.dump()).isEqualTo(before);
		assertThat(answer(call, again)).isEqualTo(answer(call, call.answer()));
		call.again();
		assertThat(this.fixture.dump()).as("a third time").isEqualTo(before);
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void sameCallAgainAfterTheWorldWentOnChangesNothing(ReplayScenario scenario) {
		ReplayStage stage = new ReplayStage(this.fixture);
		ScriptCall call = call(stage, scenario);
		for (LeasedTask task : stage.lease(50)) {
			stage.other.release(task);
		}
		QueueDump before = this.fixture.dump();
		Object again = call.again();
		assertThat(this.fixture.dump()).isEqualTo(before);
		assertThat(statuses(call, again)).isEqualTo(statuses(call, call.answer()));
	}

	@ParameterizedTest
	@MethodSource("scenarios")
	void callThatComesAfterALaterOneOfItsLaneIsRefused(ReplayScenario scenario) {
		ReplayStage stage = new ReplayStage(this.fixture);
		ScriptCall call = call(stage, scenario);
		QueueDump before = this.fixture.dump();
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(call::lateAgain)
			.havingRootCause()
			.withMessageContaining("ARQUESTALE");
		assertThat(this.fixture.dump()).isEqualTo(before);
	}

	@Test
	void everyWritingScriptIsRepeated() {
		Set<RedisScript<?>> repeated = scenarios().stream().map((scenario) -> {
			QueueFixture own = new QueueFixture();
			try {
				return script(call(new ReplayStage(own), scenario));
			}
			finally {
				own.afterEach(null);
			}
		}).collect(Collectors.toSet());
		assertThat(repeated).containsExactlyInAnyOrderElementsOf(WRITING);
	}

	@Test
	void everyScriptThatDoesNotPromiseToWriteNothingIsAWritingOne() throws IllegalAccessException {
		Map<String, RedisScript<?>> loaded = ScriptsTests.loaded();
		assertThat(WRITING).containsExactlyInAnyOrderElementsOf(loaded.keySet()
			.stream()
			.filter((name) -> !ScriptHeader.of(name).parts().get("KEYS").contains("writes nothing"))
			.<RedisScript<?>>map(loaded::get)
			.toList());
	}

	@Test
	void dequeueThatIsRepeatedAfterOneOfItsTasksWasReleasedGivesTheOthers() {
		ReplayStage stage = new ReplayStage(this.fixture);
		stage.fill(3);
		QueueConsumer consumer = stage.queue.consumer();
		List<LeasedTask> tasks = consumer.dequeue(new Fetch(3, Join.NEVER, false, true, List.of())).tasks();
		ScriptCall call = stage.tap.calls().get(stage.tap.calls().size() - 1);
		stage.other.release(tasks.get(1));
		List<Object> leases = Reply.list(list(call.again()), 12);
		assertThat(List.of(Reply.text(leases, 0), Reply.text(leases, 3))).containsExactly(tasks.get(0).id(),
				tasks.get(2).id());
		assertThat(leases).hasSize(6);
	}

	/**
	 * Makes the scenario's call and returns it.
	 */
	private static ScriptCall call(ReplayStage stage, ReplayScenario scenario) {
		Runnable action = scenario.prepare().apply(stage);
		stage.tap.calls().clear();
		try {
			action.run();
		}
		catch (LeaseLostException | DuplicateTaskException ex) {
			// an answer like others
		}
		List<ScriptCall> writing = writing(stage.tap.calls());
		assertThat(writing).hasSize(1);
		return writing.get(0);
	}

	static List<ScriptCall> writing(List<ScriptCall> calls) {
		return calls.stream().filter((call) -> WRITING.stream().anyMatch(call::isOf)).toList();
	}

	static RedisScript<?> script(ScriptCall call) {
		return WRITING.stream().filter(call::isOf).findFirst().orElseThrow();
	}

	/**
	 * Returns what of an answer a repeat has to give too: all but the time and when to
	 * look again.
	 */
	private static Object answer(ScriptCall call, Object answer) {
		if (call.isOf(Scripts.DEQUEUE)) {
			return parts(answer, 0, 5, 6, 7, 8, 9, 10, 12);
		}
		if (call.isOf(Scripts.SHARE_OUT) || call.isOf(Scripts.TAKE_SHARE)) {
			return readable(answer);
		}
		return statuses(call, answer);
	}

	/**
	 * Returns what of an answer every repeat gets too, whatever has happened meanwhile.
	 */
	static Object statuses(ScriptCall call, Object answer) {
		if (call.isOf(Scripts.DEQUEUE)) {
			return parts(answer, 0, 5, 6, 7, 8, 9, 10);
		}
		if (call.isOf(Scripts.SWEEP)) {
			return parts(answer, 0, 1, 2, 3);
		}
		if (call.isOf(Scripts.SHARE_OUT) || call.isOf(Scripts.TAKE_SHARE)) {
			return parts(answer, 0); // what is in force now, not what was
		}
		return readable(answer);
	}

	private static List<Object> parts(Object answer, int... indexes) {
		return IntStream.of(indexes).mapToObj((index) -> readable(list(answer).get(index))).toList();
	}

	private static Object readable(Object answer) {
		if (answer instanceof byte[] bytes) {
			return QueueDump.printable(bytes);
		}
		if (answer instanceof List<?> list) {
			Stream<Object> readable = list.stream().map(ReplayTests::readable);
			return readable.toList();
		}
		return answer;
	}

	@SuppressWarnings("unchecked")
	private static List<Object> list(Object answer) {
		return (List<Object>) answer;
	}

}
