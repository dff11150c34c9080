package io.arque.redis;

import java.time.Duration;

import ch.qos.logback.classic.Level;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.test.LogCapture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the logger {@code io.arque.queue} tells at DEBUG: the record of who settled what,
 * under which lease, which {@code samples/chaos} lives on.
 */
class SettlementLogTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@Test
	void tellsWhatRedisSaidToEachSettlement() {
		RedisQueue queue = this.fixture.queue();
		String id = this.fixture.template().enqueue(queue.name(), "x");
		LeasedTask task = queue.dequeue(1, Duration.ZERO).tasks().get(0);
		try (LogCapture log = new LogCapture("io.arque.queue")) {
			queue.release(task);
			assertThatExceptionOfType(LeaseLostException.class).isThrownBy(() -> queue.requeue(task, Duration.ZERO));
			String of = "Queue " + queue.name() + ": %s task " + id + " under lease " + task.lease().token() + ": ";
			assertThat(log.messages(Level.DEBUG)).containsSubsequence(of.formatted("release") + "DONE",
					of.formatted("requeue") + "LOST");
		}
	}

}
