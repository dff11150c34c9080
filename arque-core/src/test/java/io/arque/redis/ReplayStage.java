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

	/**
	 * Divides the limit as an instance with two partitions does.
	 * @param told what the first of them has told, if it has
	 */
	void shareOut(String... told) {
		QueueAccess access = new QueueAccess(name(), QueueKeys.withLedger(QueueFixture.KEY_PREFIX, name()),
				this.queue.settings(), this.client, new QueueLog(name(), this.client.metrics()));
		List<String> tags = PartitionTags.of(name(), 2);
		Arguments arguments = new Arguments().add("instance")
			.add(40)
			.addMillis(Duration.ofMinutes(1))
			.add(String.join(" ", tags));
		if (told.length > 0) {
			arguments.add(tags.get(0));
		}
		for (String number : told) {
			arguments.add(number);
		}
		access.execute(Scripts.SHARE_OUT, arguments);
	}

	void takeShare(int number, int share) {
		QueueAccess access = new QueueAccess(name(),
				new QueueKeys(QueueFixture.KEY_PREFIX, PartitionTags.of(name(), 2).get(0)), this.queue.settings(),
				this.client, new QueueLog(name(), this.client.metrics()));
		access.execute(Scripts.TAKE_SHARE, new Arguments().add(number).add(share).add(false));
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
