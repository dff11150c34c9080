package io.arque.samples.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import io.arque.samples.chaos.fault.FaultKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What makes a run a bad one.
 */
class ReportTests {

	private final Map<String, Long> results = new HashMap<>();

	ReportTests() {
		for (String zero : new String[] { "lost", "lost-at-failover", "unexpected", "processed-though-refused",
				"duplicated-unexplained", "stale-releases-accepted", "throttle-violations", "left-in-redis",
				"keys-left-in-redis", "workers-died-by-themselves", "producers-died-by-themselves",
				"killed-since-they-did-not-stop" }) {
			this.results.put(zero, 0L);
		}
		for (String some : new String[] { "acknowledged", "processed", "released", "samples-of-working", "most-working",
				"faults-kill", "clocks-off" }) {
			this.results.put(some, 3L);
		}
		this.results.put("attempted", 20_000L);
	}

	@Test
	void isGoodIfNothingIsWrongAndAllWasBroken() {
		assertThat(isGood(Set.of(FaultKind.KILL))).isTrue();
		this.results.put("duplicated", 17L);
		assertThat(isGood(Set.of(FaultKind.KILL))).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "lost", "unexpected", "processed-though-refused", "duplicated-unexplained",
			"stale-releases-accepted", "throttle-violations", "left-in-redis", "keys-left-in-redis",
			"workers-died-by-themselves", "producers-died-by-themselves", "killed-since-they-did-not-stop" })
	void isBadIfSomethingIsWrongOrWasNotLookedAt(String figure) {
		this.results.put(figure, 1L);
		assertThat(isGood(Set.of())).isFalse();
		this.results.remove(figure);
		assertThat(isGood(Set.of())).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "acknowledged", "processed", "released", "samples-of-working", "most-working" })
	void isBadIfNothingWasDone(String figure) {
		this.results.put(figure, 0L);
		assertThat(isGood(Set.of())).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "load-lost", "load-unexpected", "grown-beyond-allowance", "not-measured-throughout" })
	void isBadIfALongRunHasLostOrGrown(String figure) {
		this.results.put(figure, 0L);
		assertThat(isGood(Set.of())).isTrue();
		this.results.put(figure, 1L);
		assertThat(isGood(Set.of())).isFalse();
	}

	@Test
	void isBadIfNotAllTasksWereTried() {
		this.results.put("attempted", 19_999L);
		assertThat(isGood(Set.of())).isFalse();
	}

	@Test
	void isBadIfAFaultMetNobody() {
		assertThat(isGood(Set.of(FaultKind.KILL, FaultKind.ZOMBIE))).isFalse();
		this.results.put("faults-zombie-missed", 2L);
		assertThat(isGood(Set.of(FaultKind.KILL, FaultKind.ZOMBIE))).isFalse();
	}

	@Test
	void isBadIfClocksWereToBeWrongAndNoneWas() {
		this.results.put("faults-clock", 2L);
		assertThat(isGood(Set.of(FaultKind.CLOCK))).isTrue();
		this.results.put("clocks-off", 0L);
		assertThat(isGood(Set.of(FaultKind.CLOCK))).isFalse();
	}

	@Test
	void mayHaveLostWhatAFailOverForgotUnlessReplicasWereWaitedFor() {
		this.results.put("faults-failover", 1L);
		this.results.put("lost", 1L);
		assertThat(isGood(Set.of(FaultKind.FAILOVER))).isFalse();
		this.results.put("lost-at-failover", 1L);
		assertThat(isGood(Set.of(FaultKind.FAILOVER))).isTrue();
		assertThat(isGood(Set.of(FaultKind.FAILOVER), "--min-replicas=1")).isFalse();
		this.results.put("lost", 2L);
		assertThat(isGood(Set.of(FaultKind.FAILOVER))).isFalse();
	}

	@Test
	void namesWhatIsWrong() {
		this.results.put("lost", 1L);
		this.results.put("released", 0L);
		assertThat(report(Set.of(FaultKind.ZOMBIE)).wrong()).containsExactly("released", "faults-zombie", "lost");
	}

	private boolean isGood(Set<FaultKind> faults, String... arguments) {
		return report(faults, arguments).isGood();
	}

	private Report report(Set<FaultKind> faults, String... arguments) {
		return new Report(Options.of(arguments), faults, "a Redis", Duration.ZERO, Path.of("none"), this.results);
	}

}
