package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

import io.arque.ArqueMetrics;
import io.arque.DuplicateTaskException;
import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.TaskError;
import io.arque.redis.Fetch.Join;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * One call of one script in one situation.
 *
 * @param name what is called when
 * @param prepare brings the queue into the situation and returns what makes the call
 */
record ReplayScenario(String name, Function<Stage, Runnable> prepare) {

	private static final TaskError ERROR = new TaskError("test.Failure", "why", "where");

	static List<ReplayScenario> all() {
		List<ReplayScenario> all = new ArrayList<>();
		enqueue(all);
		dequeue(all);
		dequeueWithSettlements(all);
		settle(all);
		others(all);
		return all;
	}

	private static void enqueue(List<ReplayScenario> all) {
		add(all, "enqueue", (stage) -> () -> stage.enqueue(EnqueueOptions.none()));
		add(all, "enqueue delayed", (stage) -> () -> stage.enqueue(delayed(EnqueueOptions.none())));
		add(all, "enqueueAll", (stage) -> () -> stage.template.enqueueAll(stage.name(), Collections.nCopies(9, "x")));
		for (OnDuplicate choice : OnDuplicate.values()) {
			EnqueueOptions options = EnqueueOptions.none().withId("mine").withOnDuplicate(choice);
			add(all, "enqueue of an id, " + choice, (stage) -> () -> stage.enqueue(options));
			add(all, "enqueue of an id, delayed, " + choice, (stage) -> () -> stage.enqueue(delayed(options)));
			add(all, "enqueue of a pending id, " + choice, (stage) -> {
				stage.enqueue(options);
				return () -> stage.enqueue(options);
			});
			add(all, "enqueue of a delayed id, " + choice, (stage) -> {
				stage.enqueue(delayed(options));
				return () -> stage.enqueue(options);
			});
			add(all, "enqueue of a working id, " + choice, (stage) -> {
				stage.enqueue(options);
				stage.lease(1);
				return () -> stage.enqueue(options);
			});
			add(all, "enqueue of a failed id, " + choice, (stage) -> {
				stage.enqueue(options);
				stage.other.reject(stage.lease(1).get(0), "why");
				return () -> stage.enqueue(options);
			});
		}
	}

	private static void dequeue(List<ReplayScenario> all) {
		add(all, "dequeue of nothing", (stage) -> stage.fetch(3, List.of()));
		add(all, "dequeue of fewer than asked", (stage) -> {
			stage.fill(2);
			return stage.fetch(3, List.of());
		});
		add(all, "dequeue of some", (stage) -> {
			stage.fill(5);
			return stage.fetch(3, List.of());
		});
		add(all, "dequeue when throttled", (stage) -> {
			stage.fill(5);
			stage.other.workingLimit(2);
			return stage.fetch(4, List.of());
		});
		add(all, "dequeue when paused", (stage) -> {
			stage.fill(5);
			stage.other.pause();
			return stage.fetch(4, List.of());
		});
		add(all, "dequeue of expired leases", (stage) -> {
			stage.fill(3);
			stage.expire(stage.lease(3));
			return stage.fetch(2, List.of());
		});
		add(all, "dequeue of due tasks", (stage) -> {
			stage.template.enqueue(stage.name(), "x", EnqueueOptions.none().withDelay(Duration.ofMillis(2)));
			stage.fixture.awaitRedisTimeAfter(stage.fixture.redisTime().plusMillis(3));
			return stage.fetch(2, List.of());
		});
		add(all, "dequeue of tasks out of attempts", (stage) -> {
			stage.fill(2);
			for (int i = 0; i < 4; i++) {
				stage.otherGenerous()
					.dequeue(2, Duration.ZERO)
					.tasks()
					.forEach((task) -> stage.otherGenerous().requeue(task, Duration.ZERO));
			}
			return stage.fetch(2, List.of());
		});
	}

	private static void dequeueWithSettlements(List<ReplayScenario> all) {
		add(all, "dequeue with all settlements", (stage) -> {
			stage.fill(9);
			List<LeasedTask> tasks = stage.lease(7);
			stage.other.release(tasks.get(6));
			return stage.fetch(3,
					List.of(Settlement.release(tasks.get(0)), Settlement.requeue(tasks.get(1), Duration.ZERO, ERROR),
							Settlement.requeue(tasks.get(2), Duration.ofMinutes(1), ERROR),
							Settlement.handBack(tasks.get(3), Duration.ZERO),
							Settlement.handBack(tasks.get(4), Duration.ofMinutes(2)),
							Settlement.reject(tasks.get(5), ERROR), Settlement.release(tasks.get(6))));
		});
		add(all, "dequeue that drops dead letters", (stage) -> {
			stage.fill(5);
			List<LeasedTask> tasks = stage.lease(4);
			return stage.fetch(1, tasks.stream().map((task) -> Settlement.reject(task, ERROR)).toList());
		});
	}

	private static void settle(List<ReplayScenario> all) {
		leased(all, "release", (queue, task) -> queue.release(task));
		leased(all, "requeue", (queue, task) -> queue.requeue(task, Duration.ZERO));
		leased(all, "requeue with delay", (queue, task) -> queue.requeue(task, Duration.ofMinutes(1)));
		leased(all, "hand back", (queue, task) -> queue.handBack(task));
		leased(all, "reject", (queue, task) -> queue.reject(task, "why"));
		leased(all, "extend", (queue, task) -> queue.extend(task, Duration.ofMinutes(1)));
		add(all, "requeue at the last attempt", (stage) -> {
			stage.enqueue(EnqueueOptions.none().withId("mine").withMaxAttempts(1));
			LeasedTask task = stage.lease(1).get(0);
			return () -> stage.queue.requeue(task, Duration.ZERO);
		});
		add(all, "reject that drops a dead letter", (stage) -> {
			stage.fill(4);
			List<LeasedTask> tasks = stage.lease(4);
			tasks.subList(0, 3).forEach((task) -> stage.other.reject(task, "why"));
			return () -> stage.queue.reject(tasks.get(3), "why");
		});
	}

	private static void others(List<ReplayScenario> all) {
		add(all, "sweep", (stage) -> {
			stage.fill(3);
			stage.expire(stage.lease(2));
			return () -> stage.queue.sweep();
		});
		add(all, "pause", (stage) -> stage.queue::pause);
		add(all, "resume", (stage) -> {
			stage.fill(2);
			stage.other.pause();
			return stage.queue::resume;
		});
		add(all, "limit", (stage) -> () -> stage.queue.workingLimit(17));
		add(all, "no limit", (stage) -> {
			stage.other.workingLimit(17);
			return stage.queue::resetWorkingLimit;
		});
		add(all, "make due", (stage) -> {
			stage.fill(2);
			stage.enqueue(delayed(EnqueueOptions.none()));
			stage.enqueue(delayed(EnqueueOptions.none().withId("mine")));
			return () -> stage.queue.probe().makeDue();
		});
		failed(all, "clear", (stage) -> stage.queue.probe().clear());
		failed(all, "redrive of one", (stage) -> stage.queue.failed().redrive("mine"));
		failed(all, "redrive of all", (stage) -> stage.queue.failed().redriveAll());
		failed(all, "delete", (stage) -> stage.queue.failed().delete("mine"));
		failed(all, "purge", (stage) -> stage.queue.failed().purge());
	}

	private static void leased(List<ReplayScenario> all, String name, BiConsumer<RedisQueue, LeasedTask> verb) {
		add(all, name, (stage) -> {
			stage.enqueue(EnqueueOptions.none().withId("mine"));
			stage.fill(2);
			LeasedTask task = stage.lease(1).get(0);
			return () -> verb.accept(stage.queue, task);
		});
		add(all, name + " of a lost lease", (stage) -> {
			stage.fill(2);
			LeasedTask task = stage.lease(1).get(0);
			stage.other.release(task);
			return () -> verb.accept(stage.queue, task);
		});
	}

	private static void failed(List<ReplayScenario> all, String name, Consumer<Stage> verb) {
		add(all, name, (stage) -> {
			stage.enqueue(EnqueueOptions.none().withId("mine"));
			stage.fill(2);
			stage.lease(3).forEach((task) -> stage.other.reject(task, "why"));
			return () -> verb.accept(stage);
		});
	}

	private static EnqueueOptions delayed(EnqueueOptions options) {
		return options.withDelay(Duration.ofMinutes(3));
	}

	private static void add(List<ReplayScenario> all, String name, Function<Stage, Runnable> prepare) {
		all.add(new ReplayScenario(name, prepare));
	}

	@Override
	public String toString() {
		return this.name;
	}

	/**
	 * A queue, seen by the client whose calls are repeated and by another one.
	 */
	static final class Stage {

		private static final TestSettings SETTINGS = TestSettings.settings()
			.deadLetter(3, 1_000_000, Duration.ofDays(3));

		final QueueFixture fixture;

		final TappedConnectionFactory tap;

		final RedisQueue queue;

		final ArqueTemplate template;

		final RedisQueue other;

		private final ArqueClient client;

		private RedisQueue generous;

		Stage(QueueFixture fixture) {
			this(fixture, fixture.connectionFactory());
		}

		/**
		 * A queue whose client calls through this factory.
		 */
		Stage(QueueFixture fixture, RedisConnectionFactory connections) {
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
			tasks.forEach((task) -> this.other.extend(task, Duration.ofMillis(1)));
			this.fixture.awaitRedisTimeAfter(this.fixture.redisTime().plusMillis(2));
		}

		Runnable fetch(int permits, List<Settlement> settlements) {
			QueueConsumer consumer = this.queue.consumer();
			return () -> consumer.dequeue(new Fetch(permits, Join.WHEN_SHORT, true, true, settlements));
		}

	}

}
