package io.arque.listener;

import java.util.List;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;

/**
 * A container for whose start there is no memory.
 */
class FailedStartTests {

	private final ArqueClient client = new ArqueClient(RedisServers.ofApplications(RedisServers.connectionFactory()),
			new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
			new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);

	private final LeaseKeeper leaseKeeper = new LeaseKeeper();

	private final SlowLook slowLook = mock();

	@AfterEach
	void stop() {
		this.leaseKeeper.stop();
		this.client.wakeUp().stop();
	}

	@Test
	void leavesNothingThatIsLookedAfterOrKeepsTheProcess() {
		long before = keepAlives();
		ContainerServices services = new ContainerServices(this.client, this.leaseKeeper, this.slowLook);
		ArqueListenerContainer container = new ArqueListenerContainer(
				new ArqueListenerEndpoint("listener", List.of(TestApplication.newQueue()), (task, acknowledgement) -> {
				}, null, new ArqueListenerEndpoint.Overrides(null, null, null)), ContainerSettings.DEFAULTS, services);
		willThrow(new OutOfMemoryError("arranged")).willDoNothing().given(this.slowLook).add(any());
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(container::start);
		assertThat(container.isRunning()).isFalse();
		assertThat(this.leaseKeeper.sources()).isEmpty();
		await().until(() -> keepAlives() == before);
		container.start();
		assertThat(container.isRunning()).isTrue();
		assertThat(keepAlives()).isEqualTo(before + 1);
		container.stop();
	}

	private static long keepAlives() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("arque-keep-alive"))
			.count();
	}

}
