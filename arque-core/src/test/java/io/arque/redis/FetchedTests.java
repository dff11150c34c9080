package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.arque.Delivery;
import io.arque.DequeueResult.Reason;
import io.arque.Lease;
import io.arque.LeasedTask;
import io.arque.Payload;
import io.arque.json.JsonPayloadConverter;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class FetchedTests {

	private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_050L);

	private static final long SENT_NANOS = 7_000_000_000L;

	@Test
	void leaseOfANewCallBeganWhenItWasSent() {
		assertThat(leasedNanos(NOW)).isEqualTo(SENT_NANOS);
	}

	@Test
	void leaseOfARepeatedCallIsOlderByWhatTheTimesSayAndWhatTheyWereCutBy() {
		assertThat(leasedNanos(NOW.minusMillis(50))).isEqualTo(SENT_NANOS - Duration.ofMillis(51).toNanos());
	}

	@Test
	void clockThatWasSetBackMakesNoLeaseYounger() {
		assertThat(leasedNanos(NOW.plusMillis(50))).isEqualTo(SENT_NANOS);
	}

	private static long leasedNanos(Instant dequeuedAt) {
		LeasedTask task = new LeasedTask("q", "id", new Lease("reference", "token", NOW.plusSeconds(30), "q"),
				new Delivery(1, 0, Instant.EPOCH, dequeuedAt, null, null), Map.of(),
				new Payload(new byte[0], new JsonPayloadConverter(JsonMapper.shared())));
		Fetched fetched = new Fetched(List.of(task), List.of(), Reason.NONE, false, null, false, NOW, SENT_NANOS,
				List.of(), null);
		return fetched.leasedNanos(task);
	}

}
