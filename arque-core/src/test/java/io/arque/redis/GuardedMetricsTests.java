package io.arque.redis;

import java.util.concurrent.atomic.AtomicInteger;

import io.arque.ArqueMetrics;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

@OwnServer
class GuardedMetricsTests {

	@Test
	void metricsThatThrowDisturbNobodyAndAreToldOnceAMinute() {
		AtomicInteger calls = new AtomicInteger();
		GuardedMetrics metrics = new GuardedMetrics(new ArqueMetrics() {

			@Override
			public void count(String queue, Event event, long tasks) {
				if (calls.incrementAndGet() % 2 == 0) {
					throw new NoClassDefFoundError("broken");
				}
				throw new IllegalStateException("broken");
			}

		});
		try (LogCapture log = new LogCapture(GuardedMetrics.class.getName())) {
			for (int i = 0; i < 500; i++) {
				metrics.count("emails", ArqueMetrics.Event.ENQUEUED, 1);
			}
			assertThat(calls).hasValue(500);
			assertThat(log.complaints("")).hasSize(1);
		}
	}

}
