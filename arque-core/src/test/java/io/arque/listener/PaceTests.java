package io.arque.listener;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When a call beside the loop's pays.
 */
class PaceTests {

	@ParameterizedTest
	@CsvSource({ "1, 1, 0, true", "1, 2, 0, false", "10, 1, 7, true", "10, 1, 8, false", "10, 3, 7, true",
			"10, 4, 7, false", "10, 4, 6, true" })
	void callBesideTheLoopsTakesNoOtherQueuesTurn(int concurrency, int queues, int taken, boolean needed) {
		Permits permits = new Permits(concurrency, () -> {
		});
		for (int i = 0; i < taken; i++) {
			permits.take(concurrency, true);
		}
		Pace pace = new Pace(permits, queues);
		pace.calls();
		assertThat(permits.free()).isEqualTo(concurrency - taken);
		assertThat(pace.needsAssistance()).isEqualTo(needed);
	}

	@Test
	void noCallIsMadeBesideNone() {
		Pace pace = new Pace(new Permits(10, () -> {
		}), 1);
		pace.calls();
		assertThat(pace.needsAssistance()).isTrue();
		pace.called();
		assertThat(pace.needsAssistance()).isFalse();
	}

}
