package io.arque.redis;

import java.util.function.UnaryOperator;

import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The model is worth something if it notices a broken script: each script here has one
 * mistake.
 */
@OwnServer
class ModelMutationTests {

	private static final int STEPS = 20_000;

	private static TestRedis redis;

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() {
		RandomHistoriesTests.silence();
		redis = RedisServers.startPrivate();
		connections = redis.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		connections.destroy();
		redis.close();
		RandomHistoriesTests.speak();
	}

	@ParameterizedTest
	@EnumSource
	void mistakeIsNoticed(Mistake mistake) {
		RandomHistories histories = new RandomHistories(connections, mistake);
		RandomHistories.Failed failed = histories.firstFailure(20261, STEPS);
		assertThat(failed).isNotNull();
		assertThat(mistake.made).as("the script has the line").isTrue();
		assertThat(new RandomHistories(connections, UnaryOperator.identity()).failure(failed.seed(), failed.history()))
			.as("the same history without the mistake")
			.isNull();
	}

	enum Mistake implements UnaryOperator<String> {

		TOKEN_IS_NOT_CHECKED("if s and token ~= '' and s.token == token then", "if s and token ~= '' then"),

		RELEASE_FORGETS_THE_BODY("redis.call('HDEL', tasks, unpack(mine))", ""),

		RELEASE_LEAVES_THE_ID("if s.id ~= '' and redis.call('HGET', ids, s.id) == ref then", "if false then"),

		LIMIT_IS_ONE_TOO_HIGH("(s.override or own_limit) - redis", "(s.override or own_limit) + 1 - redis"),

		PAUSE_IS_IGNORED("local k = s.paused and 0 or", "local k ="),

		REPEATED_CALL_RUNS_AGAIN("if number == sequence then", "if false then"),

		LATE_CALL_RUNS("if number and number > sequence then", "if false then"),

		REPEATED_DEQUEUE_TELLS_LEASES_OF_OTHERS("leased_state(packed, token) and redis.call('HGET', tasks, ref)",
				"redis.call('HGET', tasks, ref)"),

		CRASH_IS_NOT_COUNTED("s.crashes = s.crashes + 1", ""),

		HAND_BACK_COUNTS_THE_ATTEMPT("s.attempts = s.attempts - 1", ""),

		ONE_ATTEMPT_TOO_MANY("if s.attempts - s.crashes >= max then", "if s.attempts - s.crashes > max then"),

		LEASE_LASTS_A_MILLISECOND_LONGER("'-inf', now, 'LIMIT', offset, 100", "'-inf', now - 1, 'LIMIT', offset, 100"),

		DELAY_LASTS_A_MILLISECOND_LONGER("'-inf', due_by or now, 'LIMIT', 0, max",
				"'-inf', due_by or now - 1, 'LIMIT', 0, max"),

		DEQUEUE_CUTS_ONE_TASK_TOO_MANY("redis.call('LTRIM', pending, scanned - #kept, -1)",
				"redis.call('LTRIM', pending, scanned - #kept + 1, -1)"),

		WORKING_TASK_IS_REPLACED("elseif other and redis.call('ZSCORE', working, other) then", "elseif false then"),

		REPLACED_TASK_KEEPS_ITS_BODY("redis.call('HDEL', tasks, unpack(replaced))", ""),

		DEAD_LETTER_BLOCKS_ITS_ID("and not redis.call('ZSCORE', failed, ref) then\n    return ref",
				"then\n    return ref"),

		REDRIVE_MAKES_A_SECOND_TASK_OF_AN_ID("elseif other and other ~= ref and redis", "elseif false and redis"),

		DROPPED_BYTES_STAY_COUNTED("add('failed.bytes', -redis", "add('other', -redis"),

		SECOND_SUSPECT_IS_LEASED("stays[i] = not may_suspect", "stays[i] = false"),

		KEPT_PLACE_IS_GIVEN_AWAY("- (kept_till and 1 or 0))", ")");

		private final String line;

		private final String mistake;

		private boolean made;

		Mistake(String line, String mistake) {
			this.line = line;
			this.mistake = mistake;
		}

		@Override
		public String apply(String script) {
			this.made |= script.contains(this.line);
			return script.replace(this.line, this.mistake);
		}

	}

}
