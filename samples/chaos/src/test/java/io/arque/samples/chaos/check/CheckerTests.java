package io.arque.samples.chaos.check;

import java.io.IOException;
import java.io.StringReader;
import java.util.Map;

import io.arque.samples.chaos.record.History;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Histories made by hand. A start is {@code S}, time, name, id, token, time of the lease,
 * attempt, queue; the lease is 2000 ms.
 */
class CheckerTests {

	private static final long LEASE_MILLIS = 2000;

	private final History history = new History();

	@Test
	void findsNothingWrongWithOneRun() throws IOException {
		enqueued("a");
		worker("w1", """
				S 3000 a 1 t1 3 1 q
				D 4000 1 t1
				R 5000 release 1 t1
				""");
		assertThat(check()).containsEntry("attempted", 1L)
			.containsEntry("acknowledged", 1L)
			.containsEntry("processed", 1L)
			.containsEntry("released", 1L)
			.containsEntry("lost", 0L)
			.containsEntry("unexpected", 0L)
			.containsEntry("duplicated", 0L)
			.containsEntry("stale-releases-accepted", 0L)
			.containsEntry("recovered", 0L)
			.containsEntry("throttle-violations", 0L);
	}

	@Test
	void findsWhatWasAcknowledgedAndNeverStarted() throws IOException {
		enqueued("a");
		assertThat(check()).containsEntry("lost", 1L).containsEntry("processed", 0L);
	}

	@Test
	void tellsApartWhatWasLostWhenAFailOverMayHaveForgottenIt() throws IOException {
		producer("I 1000 a\nA 2000 a\nI 90000000 b\nA 91000000 b\n");
		faults("F 1000000 failover q 1 900\n");
		assertThat(check()).containsEntry("lost", 2L).containsEntry("lost-at-failover", 1L);
	}

	@Test
	void countsWorkersWhoseClocksAreOff() throws IOException {
		worker("w1", "B 1000 500000001\n");
		worker("w2", "B 2000000 500002000\n");
		worker("w3", "B 3000000 496403000\n");
		assertThat(check()).containsEntry("clocks-off", 1L);
	}

	@Test
	void findsWhatWasStartedAndNeverDone() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\n");
		assertThat(check()).containsEntry("lost", 1L);
	}

	@Test
	void doesNotMissWhatWasNeverAcknowledged() throws IOException {
		producer("I 1000 a\nU 2000 a\nI 3000 b\n");
		assertThat(check()).containsEntry("attempted", 2L)
			.containsEntry("acknowledged", 0L)
			.containsEntry("lost", 0L)
			.containsEntry("recovered", 0L);
	}

	@Test
	void tellsWhatWasDoneThoughNeverAcknowledged() throws IOException {
		producer("I 1000 a\nU 2000 a\n");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\n");
		assertThat(check()).containsEntry("recovered", 1L).containsEntry("unexpected", 0L);
	}

	@Test
	void findsWhatNobodyEnqueued() throws IOException {
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\n");
		assertThat(check()).containsEntry("unexpected", 1L).containsEntry("recovered", 0L);
	}

	@Test
	void explainsARunAfterTheLeaseHadExpired() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\nD 2200000 1 t2\nR 2300000 release 1 t2\n");
		assertThat(check()).containsEntry("duplicated", 1L)
			.containsEntry("duplicated-expired-lease", 1L)
			.containsEntry("duplicated-unexplained", 0L)
			.containsEntry("lost", 0L);
	}

	@Test
	void doesNotExplainARunBeforeTheLeaseHadExpired() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\n");
		worker("w2", "S 2100000 a 1 t2 2002 2 q\nD 2200000 1 t2\n");
		assertThat(check()).containsEntry("duplicated-unexplained", 1L).containsEntry("duplicated-expired-lease", 0L);
	}

	@Test
	void explainsARunAfterTheTaskWasPutBack() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nE 4000 1 t1\nR 5000 requeue 1 t1\n");
		worker("w2", "S 10000 a 1 t2 10 2 q\nD 11000 1 t2\n");
		enqueued("b");
		worker("w3", "S 3000 b 2 t3 3 1 q\nP 3500\nR 5000 hand-back 2 t3\n");
		worker("w4", "S 10000 b 2 t4 10 1 q\nD 11000 2 t4\n");
		assertThat(check()).containsEntry("duplicated", 2L).containsEntry("duplicated-repeat-after-release", 2L);
	}

	@Test
	void explainsARunAfterAPutBackThatNobodyLivedToHearOf() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nP 4000\n");
		worker("w2", "S 10000 a 1 t2 10 1 q\nD 11000 1 t2\n");
		assertThat(check()).containsEntry("duplicated-repeat-after-release", 1L)
			.containsEntry("left-to-the-lease-at-a-stop", 1L);
	}

	@Test
	void doesNotExplainARunAfterARelease() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5000 release 1 t1\n");
		worker("w2", "S 9100000 a 1 t2 9003 2 q\nD 9200000 1 t2\n");
		assertThat(check()).containsEntry("duplicated-unexplained", 1L).containsEntry("duplicated-expired-lease", 0L);
	}

	@Test
	void explainsARunAfterAReleaseThatAFailOverForgot() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5000 release 1 t1\n");
		worker("w2", "S 9100000 a 1 t2 9003 2 q\nD 9200000 1 t2\n");
		faults("F 1000000 failover q 1 900\n");
		assertThat(check()).containsEntry("duplicated-forgotten-by-failover", 1L)
			.containsEntry("duplicated-unexplained", 0L)
			.containsEntry("faults-failover", 1L);
	}

	@Test
	void doesNotTakeAFaultThatForgetsNothingForAnExplanation() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5000 release 1 t1\n");
		worker("w2", "S 9100000 a 1 t2 9003 2 q\nD 9200000 1 t2\n");
		faults("F 1000000 redis-restart q 0 900\n");
		assertThat(check()).containsEntry("duplicated-unexplained", 1L);
	}

	@Test
	void findsAReleaseAcceptedAfterTheLeaseWasTakenOver() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 5000000 1 t1\nR 5100000 release 1 t1\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\n");
		assertThat(check()).containsEntry("stale-releases-accepted", 1L);
	}

	@Test
	void findsAReleaseAcceptedAfterAnotherHadStartedThoughTheWorkWasDoneBefore() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5100000 release 1 t1\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\nD 5200000 1 t2\nL 5300000 release 1 t2\n");
		assertThat(check()).containsEntry("stale-releases-accepted", 1L);
	}

	@Test
	void findsATaskReleasedTwice() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5100000 release 1 t1\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\nD 2200000 1 t2\nR 2300000 release 1 t2\n");
		assertThat(check()).containsEntry("stale-releases-accepted", 1L);
	}

	@Test
	void tellsApartAStaleReleaseOfATaskAboutWhichAFailOverMayHaveForgotten() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\nR 5100000 release 1 t1\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\nD 2200000 1 t2\nR 2300000 release 1 t2\n");
		faults("F 1000000 failover q 1 900\n");
		assertThat(check()).containsEntry("stale-releases-accepted", 0L)
			.containsEntry("stale-releases-at-failover", 1L);
	}

	@Test
	void countsAStaleReleaseThatWasRefused() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 5000000 1 t1\nL 5100000 release 1 t1\n");
		worker("w2", "S 2100000 a 1 t2 2003 2 q\nD 2200000 1 t2\nR 2300000 release 1 t2\n");
		assertThat(check()).containsEntry("stale-releases-accepted", 0L)
			.containsEntry("stale-releases-refused", 1L)
			.containsEntry("duplicated-expired-lease", 1L);
	}

	@Test
	void tellsWhatAFullRedisRefusedAndFindsItIfItIsProcessed() throws IOException {
		producer("I 1000 a\nN 2000 a\nI 1000 b\nN 2000 b\n");
		assertThat(check()).containsEntry("attempted", 2L)
			.containsEntry("acknowledged", 0L)
			.containsEntry("refused-while-full", 2L)
			.containsEntry("processed-though-refused", 0L);
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 4000 1 t1\n");
		assertThat(check()).containsEntry("processed-though-refused", 1L);
	}

	@Test
	void countsReleasesOfAFullRedis() throws IOException {
		enqueued("a", "b", "c");
		worker("w1", """
				S 3000 a 1 t1 3 1 q
				D 4000 1 t1
				R 500000 release 1 t1
				S 3000 b 2 t2 3 1 q
				D 4000 2 t2
				R 900000 release 2 t2
				S 3000 c 3 t3 3 1 q
				D 4000 3 t3
				R 1100000 release 3 t3
				""");
		faults("F 1000000 full q 0 400\n");
		assertThat(check()).containsEntry("released-while-full", 1L);
	}

	@Test
	void findsMoreLeasesAtOnceThanTheLimit() throws IOException {
		enqueued("a", "b", "c");
		worker("w1", """
				S 3000 a 1 t1 3 1 q
				S 3000 b 2 t2 3 1 q
				D 5000 1 t1
				R 5500 release 1 t1
				D 5000 2 t2
				R 5500 release 2 t2
				""");
		worker("w2", "S 4000 c 3 t3 4 1 q\nD 6000 3 t3\nR 6500 release 3 t3\n");
		assertThat(new Checker(this.history, LEASE_MILLIS).check(2, 0)).containsEntry("throttle-violations", 1L);
		assertThat(new Checker(this.history, LEASE_MILLIS).check(3, 0)).containsEntry("throttle-violations", 0L);
		assertThat(new Checker(this.history, LEASE_MILLIS).check(3, 4)).containsEntry("throttle-violations", 4L);
	}

	@Test
	void tellsLeasesOfTwoMastersApartFromAViolation() throws IOException {
		enqueued("a", "b");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 5000 1 t1\nR 5500 release 1 t1\n");
		worker("w2", "S 4000 b 2 t2 4 1 q\nD 6000 2 t2\nR 6500 release 2 t2\n");
		faults("F 1000000 failover q 1 900\n");
		assertThat(new Checker(this.history, LEASE_MILLIS).check(1, 0)).containsEntry("throttle-violations", 0L)
			.containsEntry("throttle-exceeded-at-failover", 1L);
	}

	@Test
	void allowsEachQueueItsLimitAndAPlaceThatIsFreedToBeTaken() throws IOException {
		enqueued("a", "b", "c");
		worker("w1", "S 3000 a 1 t1 3 1 q\nD 5000 1 t1\nR 5500 release 1 t1\n");
		worker("w2", "S 4000 b 2 t2 4 1 other\nD 6000 2 t2\nR 6500 release 2 t2\n");
		worker("w3", "S 5000 c 3 t3 5 1 q\nD 6000 3 t3\nR 6500 release 3 t3\n");
		assertThat(new Checker(this.history, LEASE_MILLIS).check(1, 0)).containsEntry("throttle-violations", 0L);
	}

	@Test
	void measuresHowLongADeadWorkersTaskWaited() throws IOException {
		enqueued("a", "b");
		worker("w1", "S 3000 a 1 t1 3 1 q\nS 3000 b 2 t2 3 1 q\nD 4000 2 t2\n");
		worker("w2", "S 2505000 a 1 t3 2503 2 q\nD 2600000 1 t3\nS 9505000 b 2 t4 9503 2 q\nD 9600000 2 t4\n");
		faults("F 6000 kill w1 0 1\n");
		assertThat(check()).containsEntry("longest-recovery-ms", 2500L).containsEntry("faults-kill", 1L);
	}

	@Test
	void doesNotTakeTheTurnOfATaskThatWasPutBackForItsRecovery() throws IOException {
		enqueued("a");
		worker("w1", "S 3000 a 1 t1 3 1 q\nE 4000 1 t1\n");
		worker("w2", "S 9505000 a 1 t2 9503 2 q\nD 9600000 1 t2\n");
		faults("F 6000 kill w1 0 1\n");
		assertThat(check()).containsEntry("longest-recovery-ms", 0L);
	}

	@Test
	void countsFaultsByTheirKind() throws IOException {
		faults("F 1000 kill w1 0 1\nF 2000 kill w2 0 1\nF 9000 zombie w3 0 3000\n");
		assertThat(check()).containsEntry("faults-kill", 2L).containsEntry("faults-zombie", 1L);
	}

	private Map<String, Long> check() {
		return new Checker(this.history, LEASE_MILLIS).check(10, 0);
	}

	private void enqueued(String... names) throws IOException {
		for (String name : names) {
			producer("I 1000 " + name + "\nA 2000 " + name + "\n");
		}
	}

	private void producer(String record) throws IOException {
		this.history.add("producer", new StringReader(record));
	}

	private void worker(String name, String record) throws IOException {
		this.history.add(name, new StringReader(record));
	}

	private void faults(String record) throws IOException {
		this.history.add("faults", new StringReader(record));
	}

}
