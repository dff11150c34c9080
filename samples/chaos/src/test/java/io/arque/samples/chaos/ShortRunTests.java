package io.arque.samples.chaos;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bench's short form: real processes, few tasks and few faults.
 */
class ShortRunTests {

	@TempDir
	private Path output;

	@Test
	void nothingIsLostWhenWorkersAndRedisAreKilledAndAZombieReturns() throws Exception {
		Options options = Options.of("--tasks=2000", "--minutes=0.5", "--workers=2", "--producers=1", "--seed=7",
				"--lease=3s", "--limit=3", "--work=40ms", "--faults=kill,zombie,redis-restart",
				"--output=" + this.output);
		Report report = ChaosApplication.run(options);
		assertThatNothingIsLost(report);
		assertThat(report.results()).containsKeys("faults-kill", "faults-zombie", "faults-redis-restart");
	}

	@Test
	void nothingIsLostWhenMastersFailOverAndSlotsMoveUnderAQueueWithPartitions() throws Exception {
		Options options = Options.of("--topology=cluster", "--partitions=6", "--min-replicas=1", "--tasks=2000",
				"--minutes=0.5", "--workers=2", "--producers=1", "--queues=1", "--seed=11", "--lease=3s",
				"--faults=failover,migrate", "--output=" + this.output);
		Report report = ChaosApplication.run(options);
		assertThatNothingIsLost(report);
		assertThat(report.results()).containsKeys("faults-failover", "faults-migrate");
	}

	private static void assertThatNothingIsLost(Report report) {
		assertThat(report.results()).as("what %s found", report)
			.containsEntry("attempted", 2000L)
			.containsEntry("lost", 0L)
			.containsEntry("unexpected", 0L)
			.containsEntry("duplicated-unexplained", 0L)
			.containsEntry("stale-releases-accepted", 0L)
			.containsEntry("throttle-violations", 0L)
			.containsEntry("left-in-redis", 0L)
			.containsEntry("workers-died-by-themselves", 0L)
			.hasEntrySatisfying("acknowledged", (acknowledged) -> assertThat(acknowledged).isPositive());
		assertThat(report.isGood()).isTrue();
	}

}
