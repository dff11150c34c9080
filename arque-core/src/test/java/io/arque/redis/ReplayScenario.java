package io.arque.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

import io.arque.EnqueueOptions;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.TaskError;

/**
 * One call of one script in one situation.
 *
 * @param name what is called when
 * @param prepare brings the queue into the situation and returns what makes the call
 */
record ReplayScenario(String name, Function<ReplayStage, Runnable> prepare) {

	private static final TaskError ERROR = new TaskError("test.Failure", "why", "where");

	static List<ReplayScenario> all() {
		List<ReplayScenario> all = new ArrayList<>();
		enqueue(all);
		dequeue(all);
		dequeueOfWhatStays(all);
		dequeueWithSettlements(all);
		settle(all);
		others(all);
		shares(all);
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

	private static void dequeueOfWhatStays(List<ReplayScenario> all) {
		add(all, "dequeue of suspects", (stage) -> {
			stage.fill(3);
			for (int crash = 0; crash < 2; crash++) {
				stage.expire(stage.lease(3));
			}
			stage.fill(2);
			return stage.fetch(4, List.of());
		});
		add(all, "dequeue past unreadable bodies", (stage) -> {
			stage.fill(6);
			List<LeasedTask> tasks = stage.lease(5);
			stage.other.handBack(tasks.toArray(LeasedTask[]::new));
			stage.setBody(tasks.get(0), "\2of a newer format");
			stage.setBody(tasks.get(2), "\2of a newer format");
			stage.setBody(tasks.get(3), "\1");
			return stage.fetch(3, List.of());
		});
		add(all, "dequeue of all kinds at once", (stage) -> {
			stage.fill(6);
			List<LeasedTask> tasks = stage.lease(5);
			stage.other.reject(tasks.get(0), "why");
			stage.other.handBack(tasks.get(1), tasks.get(2));
			stage.setBody(tasks.get(1), "\2of a newer format");
			stage.enqueue(delayed(EnqueueOptions.none()));
			stage.allAreDue();
			stage.expire(tasks.subList(3, 4));
			return stage.fetch(3, List.of(Settlement.requeue(tasks.get(4), Duration.ZERO, ERROR)));
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

	private static void shares(List<ReplayScenario> all) {
		add(all, "share out at first", (stage) -> () -> stage.shareOut());
		add(all, "share out again", (stage) -> {
			stage.fill(3);
			stage.shareOut();
			return () -> stage.shareOut("0", "0", "0");
		});
		add(all, "share out what was confirmed", (stage) -> {
			stage.shareOut("0", "0", "0");
			return () -> stage.shareOut("1", "20", "7");
		});
		add(all, "share out after a fail-over", (stage) -> {
			stage.shareOut("0", "0", "0");
			return () -> stage.shareOut("31", "17", "7");
		});
		add(all, "first share taken", (stage) -> () -> stage.takeShare(4, 20));
		add(all, "larger share taken", (stage) -> {
			stage.takeShare(4, 2);
			return () -> stage.takeShare(5, 20);
		});
		add(all, "older share not taken", (stage) -> {
			stage.takeShare(4, 2);
			return () -> stage.takeShare(3, 20);
		});
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

	private static void failed(List<ReplayScenario> all, String name, Consumer<ReplayStage> verb) {
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

	private static void add(List<ReplayScenario> all, String name, Function<ReplayStage, Runnable> prepare) {
		all.add(new ReplayScenario(name, prepare));
	}

	@Override
	public String toString() {
		return this.name;
	}

}
