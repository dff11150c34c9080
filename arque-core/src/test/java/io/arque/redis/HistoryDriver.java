package io.arque.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import io.arque.DuplicateTaskException;
import io.arque.EnqueueAllException;
import io.arque.EnqueueOptions;
import io.arque.LeaseLostException;
import io.arque.LeasedTask;
import io.arque.OnDuplicate;
import io.arque.QueueSettings;
import io.arque.TaskError;
import io.arque.TaskState;
import io.arque.redis.Fetch.Join;

import org.springframework.dao.DataAccessException;

/**
 * {@code HistoryDriver} carries out the steps of a history: several applications use one
 * queue in turn, through the classes that applications use. What a step does is drawn
 * with its seed and depends on what is there, so that steps can be left out.
 */
final class HistoryDriver {

	private static final int MANY = 24;

	private static final int REMEMBERED_LEASES = 30;

	private final WatchedRedis redis;

	private final String queue;

	private final List<HistoryClient> clients = new ArrayList<>();

	private final List<LeasedTask> leases = new ArrayList<>();

	private SplittableRandom random = new SplittableRandom(0);

	HistoryDriver(WatchedRedis redis, String queue, long seed) {
		this.redis = redis;
		this.queue = queue;
		SplittableRandom settings = new SplittableRandom(seed);
		for (int i = 0; i < 3; i++) {
			this.clients.add(HistoryClient.of(i, redis.factory(), queue, settings(settings)));
		}
	}

	private static QueueSettings settings(SplittableRandom random) {
		return TestSettings.settings()
			.workingLimit(1 + random.nextInt(8))
			.leaseDuration(Duration.ofSeconds(1L << random.nextInt(6)))
			.maxAttempts(1 + random.nextInt(4))
			.maxCrashes(1 + random.nextInt(4))
			.deadLetter(1 + random.nextInt(6), 200 + random.nextInt(2000), Duration.ofSeconds(1L << random.nextInt(10)))
			.build();
	}

	/**
	 * Takes a step; what clients are told by exceptions is an answer like others. But
	 * Redis is there all the time: no call fails unless that was arranged.
	 */
	void take(HistoryStep step) {
		this.random = new SplittableRandom(step.seed());
		HistoryClient client = any(this.clients);
		try {
			carryOut(step.operation(), client);
		}
		catch (DuplicateTaskException | LeaseLostException ex) {
			// told by the model
		}
		catch (EnqueueAllException | DataAccessException ex) {
			this.redis.checkArranged(ex);
		}
		this.redis.check();
	}

	private void carryOut(HistoryStep.Operation operation, HistoryClient client) {
		RedisQueue of = client.queue();
		switch (operation) {
			case ENQUEUE, ENQUEUE_ALL, ENQUEUE_SHARED -> enqueue(operation, client);
			case DEQUEUE -> fetch(any(client.consumers()));
			case DEQUEUE_BY_HAND -> keep(of.dequeue(1 + this.random.nextInt(4), Duration.ZERO).tasks());
			case RELEASE -> of.release(some().toArray(LeasedTask[]::new));
			case REQUEUE -> some().stream().limit(1).forEach((task) -> of.requeue(task, delay()));
			case HAND_BACK -> of.handBack(some().toArray(LeasedTask[]::new));
			case REJECT -> some().stream().limit(1).forEach((task) -> of.reject(task, "why " + task.id()));
			case EXTEND -> some().stream().limit(1).forEach((task) -> of.extend(task, delay().plusMillis(1)));
			case EXTEND_ALL -> of.extendAll(some());
			case SWEEP -> of.sweep();
			case PAUSE -> of.pause();
			case RESUME -> of.resume();
			case LIMIT -> of.workingLimit(1 + this.random.nextInt(6));
			case RESET_LIMIT -> of.resetWorkingLimit();
			case MAKE_DUE -> of.probe().makeDue();
			case CLEAR -> clear(of);
			case SEND_AGAIN -> this.redis.sendAgain(this.random.nextInt(30));
			case LOSE -> this.redis
				.failNext(this.random.nextInt(3) > 0 ? WatchedRedis.Fault.ANSWER_LOST : WatchedRedis.Fault.NOT_SENT);
			case PASS -> this.redis.pass(this.random.nextInt(1 << this.random.nextInt(13)));
			case PASS_TO_NEXT -> passToNext();
			case PASS_LONG -> this.redis.pass(this.random.nextInt(2_000_000));
			default -> look(operation, of);
		}
	}

	private void look(HistoryStep.Operation operation, RedisQueue of) {
		switch (operation) {
			case TASK -> of.task(id());
			case STATS -> of.stats();
			case FAILED -> {
				of.failed().list(this.random.nextInt(3), 1 + this.random.nextInt(5));
				of.failed().get(id());
			}
			case REDRIVE -> of.failed().redrive(id());
			case REDRIVE_ALL -> of.failed().redriveAll();
			case DELETE -> of.failed().delete(id());
			case PURGE -> of.failed().purge();
			case PEEK -> of.probe().peek(any(List.of(TaskState.PENDING, TaskState.DELAYED, TaskState.WORKING)), 5);
			default -> throw new IllegalStateException(operation.toString());
		}
	}

	private void enqueue(HistoryStep.Operation operation, HistoryClient client) {
		if (this.redis.queue().tasks.size() >= MANY) {
			return;
		}
		int count = 1 + this.random.nextInt(4);
		switch (operation) {
			case ENQUEUE -> client.template().enqueue(this.queue, payload(), options());
			case ENQUEUE_ALL -> client.template().enqueueAll(this.queue, Collections.nCopies(count, payload()));
			default ->
				client.queue().partition("").enqueue(Stream.generate(() -> newTask(client)).limit(count).toList());
		}
	}

	/** As callers that share a call would: each task with options of its own. */
	private NewTask newTask(HistoryClient client) {
		EnqueueOptions options = options();
		byte[] payload = client.client().converter().write(payload());
		String reference = client.client().instance().nextReference();
		return new NewTask(reference, TaskBody.write(reference, options, payload), options);
	}

	private EnqueueOptions options() {
		EnqueueOptions options = EnqueueOptions.none();
		if (this.random.nextInt(3) > 0) {
			options = options.withId(id()).withOnDuplicate(any(List.of(OnDuplicate.values())));
		}
		options = switch (this.random.nextInt(6)) {
			case 0, 1 -> options.withDelay(delay());
			case 2 -> options.withDueAt(Instant.ofEpochMilli(this.redis.now() - 1000 + this.random.nextInt(3000)));
			default -> options;
		};
		if (this.random.nextInt(4) == 0) {
			options = options.withMaxAttempts(1 + this.random.nextInt(4));
		}
		if (this.random.nextInt(4) == 0) {
			options = options.withTaskTimeout(Duration.ofMillis(1 + this.random.nextInt(9)));
		}
		return (this.random.nextInt(4) == 0) ? options.withHeader("h", "v") : options;
	}

	private void fetch(QueueConsumer consumer) {
		List<Settlement> settlements = new ArrayList<>();
		if (this.random.nextBoolean()) {
			some().forEach((task) -> settlements.add(settlement(task)));
		}
		Fetched fetched = consumer.dequeue(new Fetch(this.random.nextInt(6), any(List.of(Join.values())),
				this.random.nextInt(4) == 0, this.random.nextBoolean(), settlements));
		if (!fetched.damaged().isEmpty()) {
			throw new AssertionError("damaged: " + fetched.damaged());
		}
		keep(fetched.tasks());
	}

	private Settlement settlement(LeasedTask task) {
		TaskError error = new TaskError("test.Failure", "why", "where");
		return switch (this.random.nextInt(4)) {
			case 0 -> Settlement.release(task);
			case 1 -> Settlement.requeue(task, delay(), error);
			case 2 -> Settlement.handBack(task, delay());
			default -> Settlement.reject(task, error);
		};
	}

	/** Runs on the rare side, since it ends what was interesting. */
	private void clear(RedisQueue of) {
		if (this.random.nextInt(4) == 0) {
			of.probe().clear();
		}
	}

	/** To the very millisecond at which something is due or expires, or just before. */
	private void passToNext() {
		long now = this.redis.now();
		this.redis.queue().tasks.values()
			.stream()
			.filter((task) -> task.place == TaskState.DELAYED || task.place == TaskState.WORKING)
			.mapToLong((task) -> task.time - now - this.random.nextInt(2))
			.filter((millis) -> millis > 0)
			.sorted()
			.skip(this.random.nextInt(2))
			.findFirst()
			.ifPresent(this.redis::pass);
	}

	private void keep(List<LeasedTask> tasks) {
		this.leases.addAll(tasks);
		while (this.leases.size() > REMEMBERED_LEASES) {
			this.leases.remove(0);
		}
	}

	/** Some leases, also such as were given up or taken over, and one twice. */
	private List<LeasedTask> some() {
		List<LeasedTask> some = new ArrayList<>();
		for (int i = this.random.nextInt(4); i >= 0 && !this.leases.isEmpty(); i--) {
			int recent = Math.min(this.leases.size(), 1 + this.random.nextInt(REMEMBERED_LEASES));
			some.add(this.leases.get(this.leases.size() - 1 - this.random.nextInt(recent)));
		}
		return some;
	}

	private Duration delay() {
		return Duration.ofMillis(this.random.nextInt(3) == 0 ? 0 : this.random.nextInt(1 << this.random.nextInt(14)));
	}

	private String payload() {
		return "x".repeat(this.random.nextInt(60));
	}

	/** One of a few, or a task's reference, which may be another's custom id. */
	private String id() {
		List<String> references = this.redis.queue().tasks.keySet().stream().sorted().toList();
		return (this.random.nextInt(4) > 0 || references.isEmpty()) ? "id-" + this.random.nextInt(5) : any(references);
	}

	private <T> T any(List<T> list) {
		return list.get(this.random.nextInt(list.size()));
	}

}
