package io.arque.micrometer;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueMetrics.Event;
import io.arque.ArqueMetrics.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which meter each event and outcome has: names that dashboards are made with.
 */
class MicrometerArqueMetricsTests {

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final MicrometerArqueMetrics metrics = new MicrometerArqueMetrics(this.registry);

	@ParameterizedTest
	@CsvSource({ "ENQUEUED, arque.task.enqueued", "REQUEUED, arque.task.requeued", "FAILED, arque.task.failed",
			"CRASHED, arque.task.crashed", "LEASE_LOST, arque.task.lease.lost", "SWEPT, arque.task.swept",
			"DEAD_LETTERS_DROPPED, arque.dead.letters.dropped" })
	void eventIsCountedByTheMeterOfItsNameAndByNoOther(Event event, String name) {
		this.metrics.count("emails", event, 3);
		this.metrics.count("other", event, 4);
		assertThat(this.registry.get(name).tag("queue", "emails").counter().count()).isEqualTo(3);
		assertThat(this.registry.getMeters()
			.stream()
			.filter((meter) -> "emails".equals(meter.getId().getTag("queue")))
			.map((meter) -> this.registry.find(meter.getId().getName()).tag("queue", "emails").counter())
			.filter((counter) -> counter != null && counter.count() > 0)
			.distinct()).hasSize(1);
	}

	@ParameterizedTest
	@CsvSource({ "RELEASED, released", "REQUEUED, requeued", "FAILED, failed", "POSTPONED, postponed",
			"TIMED_OUT, timed-out", "LEASE_LOST, lease-lost", "HANDED_BACK, handed-back" })
	void outcomeIsATagOfTheProcessingTime(Outcome outcome, String tag) {
		this.metrics.processed("emails", outcome, Duration.ofMillis(250));
		assertThat(this.registry.get("arque.task.processing")
			.tags("queue", "emails", "outcome", tag)
			.timer()
			.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(250);
		assertThat(this.registry.get("arque.task.processing").timers().stream().filter((timer) -> timer.count() > 0))
			.hasSize(1);
	}

	@Test
	void everyEventAndOutcomeHasAMeterBeforeItHappens() {
		this.metrics.queueKnown("emails");
		assertThat(this.registry.find("arque.task.processing").timers()).hasSize(Outcome.values().length);
		assertThat(
				this.registry.getMeters().stream().filter((meter) -> meter.getId().getType().name().equals("COUNTER")))
			.hasSize(Event.values().length);
	}

}
