package io.arque.redis;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

import ch.qos.logback.classic.Level;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random histories of one queue, on a real Redis: after each call of a script the queue
 * is what the model says. See {@code docs/reliability/model.md}.
 */
@OwnServer
class RandomHistoriesTests {

	private static final Logger logger = LoggerFactory.getLogger(RandomHistoriesTests.class);

	private static final int STEPS = Integer.getInteger("arque.test.model.steps", 3000);

	private static final long SEED = Long.getLong("arque.test.model.seed", ThreadLocalRandom.current().nextLong());

	private static TestRedis redis;

	private static final ch.qos.logback.classic.Logger QUEUE_LOGGER = (ch.qos.logback.classic.Logger) LoggerFactory
		.getLogger("io.arque.queue");

	private static LettuceConnectionFactory connections;

	@BeforeAll
	static void start() {
		silence();
		redis = RedisServers.startPrivate();
		connections = redis.newConnectionFactory();
	}

	@AfterAll
	static void stop() {
		speak();
		connections.destroy();
		redis.close();
	}

	/** It would tell of thousands of lost leases. */
	static void silence() {
		QUEUE_LOGGER.setLevel(Level.OFF);
	}

	static void speak() {
		QUEUE_LOGGER.setLevel(null);
	}

	@Test
	void modelAndRedisAgreeAfterEveryStepOfAFixedHistory() {
		long calls = new RandomHistories(connections, UnaryOperator.identity()).run(20261, 3000);
		assertThat(calls).as("of 3000 steps").isGreaterThan(1500);
	}

	@Test
	void modelAndRedisAgreeAfterEveryStepOfARandomHistory() {
		long calls = new RandomHistories(connections, UnaryOperator.identity()).run(SEED, STEPS);
		logger.info("Random histories: seed {}, {} steps, {} script calls", SEED, STEPS, calls);
		assertThat(calls).as("of %d steps", STEPS).isGreaterThan(STEPS / 2);
	}

}
