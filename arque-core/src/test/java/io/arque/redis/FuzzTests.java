package io.arque.redis;

import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

import io.arque.test.OwnServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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

	@Test
	void neighboursAreDeliveredWhateverIsDamaged() {
		long seed = Long.getLong("arque.test.fuzz.seed", ThreadLocalRandom.current().nextLong());
		logger.info("Fuzz: seed {}, {} mutations", seed, MUTATIONS);
		RandomHistoriesTests.silence();
		try {
			FuzzedQueue queue = new FuzzedQueue(this.fixture);
			for (int i = 0; i < MUTATIONS; i++) {
				try {
					queue.round(new SplittableRandom(seed + i));
				}
				catch (AssertionError ex) {
					throw new AssertionError("-Darque.test.fuzz.seed=" + (seed + i) + ": " + ex.getMessage(), ex);
				}
			}
		}
		finally {
			RandomHistoriesTests.speak();
		}
	}

}
