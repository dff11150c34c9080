package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

import ch.qos.logback.classic.Level;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpoint;
import io.arque.listener.ContainerServices;
import io.arque.listener.LeaseKeeper;
import io.arque.listener.SlowLook;
import io.arque.test.LogCapture;
import io.arque.test.OwnServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What is damaged in Redis, be it any value, ends no call of a consumer with an exception
 * and keeps no other task from being delivered. See {@code docs/bad-input.md}.
 */
@OwnServer
class FuzzTests {

	private static final Logger logger = LoggerFactory.getLogger(FuzzTests.class);

	private static final int MUTATIONS = Integer.getInteger("arque.test.fuzz.mutations", 300);

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	@RegisterExtension
	final QueueFixture live = new QueueFixture();

	private final LeaseKeeper leaseKeeper = new LeaseKeeper();

	private final Set<String> delivered = ConcurrentHashMap.newKeySet();

	@Test
	void neighboursAreDeliveredWhateverIsDamaged() {
		RandomHistoriesTests.silence();
		try {
			fuzz(MUTATIONS, new FuzzedQueue(this.fixture)::round);
		}
		finally {
			RandomHistoriesTests.speak();
		}
	}

	/** A tenth as many, since each waits for a container to be done. */
	@Test
	void containerHandlesNeighboursWhateverIsDamaged() {
		FuzzedQueue queue = new FuzzedQueue(this.fixture);
		ArqueListenerContainer container = container();
		container.start();
		RandomHistoriesTests.silence();
		try (LogCapture log = new LogCapture("io.arque.listener", Level.WARN)) {
			fuzz(Math.max(100, MUTATIONS / 10), (random) -> {
				queue.damageAnew(random);
				this.delivered.clear();
				queue.copyTo(this.live);
				await(queue.story()).pollInterval(Duration.ofMillis(1)).until(() -> {
					wake(this.live);
					return queue.neighboursAreDone(this.live, this.delivered);
				});
				assertThat(container.health().failure()).as(queue.story()).isNull();
				assertThat(log.complaints("")).as(queue.story()).isEmpty();
			});
		}
		finally {
			RandomHistoriesTests.speak();
			container.stop();
			this.leaseKeeper.stop();
		}
	}

	@Test
	void partitionsAreServedWhateverIsDamagedInTheLedger() {
		fuzz(Math.max(100, MUTATIONS / 10), new FuzzedPartitions(this.fixture)::round);
	}

	private static void fuzz(int mutations, Consumer<SplittableRandom> round) {
		long seed = Long.getLong("arque.test.fuzz.seed", ThreadLocalRandom.current().nextLong());
		logger.info("Fuzz: seed {}, {} mutations", seed, mutations);
		for (int i = 0; i < mutations; i++) {
			try {
				round.accept(new SplittableRandom(seed + i));
			}
			catch (AssertionError | RuntimeException ex) {
				throw new AssertionError("-Darque.test.fuzz.seed=" + (seed + i) + ": " + ex.getMessage(), ex);
			}
		}
	}

	private ArqueListenerContainer container() {
		ArqueClient client = this.live.client();
		SlowLook slowLook = new SlowLook(client, Duration.ofHours(1), Duration.ofHours(1));
		return new ArqueListenerContainerFactory(new ContainerServices(client, this.leaseKeeper, slowLook))
			.createContainer(new ArqueListenerEndpoint("fuzz", List.of(this.live.name()),
					(task, acknowledgement) -> this.delivered.add(task.payload().text()), null,
					new ArqueListenerEndpoint.Overrides(null, null, null)));
	}

	private static void wake(QueueFixture queue) {
		String channel = queue.client().channelPrefix() + queue.client().instance().nonce();
		queue.redis().convertAndSend(channel, queue.name().getBytes(StandardCharsets.UTF_8));
	}

}
