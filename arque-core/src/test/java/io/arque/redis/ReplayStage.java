package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

import io.arque.ArqueMetrics;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.redis.Fetch.Join;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * A queue, seen by the client whose calls are repeated and by another one.
 */
final class ReplayStage {

	private static final TestSettings SETTINGS = TestSettings.settings().deadLetter(3, 1_000_000, Duration.ofDays(3));

	final QueueFixture fixture;

	final TappedConnectionFactory tap;

	final RedisQueue queue;

	final ArqueTemplate template;

	final RedisQueue other;

	private final ArqueClient client;

	private RedisQueue generous;

	ReplayStage(QueueFixture fixture) {
		this(fixture, fixture.connectionFactory());
	}

	/**
	 * A queue whose client calls through this factory.
	 */
	ReplayStage(QueueFixture fixture, RedisConnectionFactory connections) {
		this.fixture = fixture;
		this.tap = new TappedConnectionFactory(connections);
		this.client = fixture.newClient(SETTINGS, this.tap.factory(), ArqueMetrics.NONE);
		this.queue = this.client.queue(fixture.name());
		this.template = new ArqueTemplate(this.client);
		this.other = fixture.queueOfAnother(SETTINGS);
	}

	String name() {
		return this.fixture.name();
	}

	void enqueue(EnqueueOptions options) {
		try {
			this.template.enqueue(name(), "payload", options);
		}
		catch (DuplicateTaskException ex) {
			// an answer like others
		}
	}

	void fill(int tasks) {
		this.template.enqueueAll(name(), Collections.nCopies(tasks, "x"));
	}

	List<LeasedTask> lease(int tasks) {
		return this.other.dequeue(tasks, Duration.ZERO).tasks();
	}

	RedisQueue otherGenerous() {
		if (this.generous == null) {
			this.generous = this.fixture.queueOfAnother(TestSettings.settings().maxAttempts(99));
		}
		return this.generous;
	}

	void expire(List<LeasedTask> tasks) {
		this.fixture.expire(tasks);
	}

	Runnable fetch(int permits, List<Settlement> settlements) {
		QueueConsumer consumer = this.queue.consumer();
		return () -> consumer.dequeue(new Fetch(permits, Join.WHEN_SHORT, true, true, settlements));
	}

	void allAreDue() {
		String delayed = this.fixture.key("delayed");
		this.fixture.redis()
			.opsForZSet()
			.range(delayed, 0, -1)
			.forEach((each) -> this.fixture.redis().opsForZSet().add(delayed, each, 1));
	}

	void setBody(LeasedTask task, String body) {
		this.fixture.redis()
			.opsForHash()
			.put(this.fixture.key("tasks"), task.lease().reference(), body.getBytes(StandardCharsets.US_ASCII));
	}

}
