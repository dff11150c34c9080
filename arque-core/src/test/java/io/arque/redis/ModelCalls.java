package io.arque.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

import io.arque.TaskState;

/**
 * {@code ModelCalls} says what each script should answer, and makes the same change to
 * the model: a call that comes again gets its first answer, one that comes late is
 * refused. Answers are text in ISO-8859-1, numbers and lists of them, as Redis gives
 * them.
 */
final class ModelCalls {

	/** Stands for what the model does not tell. */
	static final Object ANYTHING = new Object();

	/** Stands for the refusal of a call that comes after a later one of its lane. */
	static final Object STALE = new Object();

	private static final long LANE_LIFETIME_MILLIS = 900_000;

	private final QueueModel queue;

	private final Map<String, Memory> lanes = new HashMap<>();

	ModelCalls(QueueModel queue) {
		this.queue = queue;
	}

	/**
	 * Carries a call out.
	 * @param script its script's name
	 * @param call what it was sent with
	 * @param seen what the queue had besides tasks before the call
	 * @return the answer
	 */
	Object answer(String script, ModelCall call, ModelWaiting seen) {
		Function<ModelCall, Object> read = reading(script);
		if (read != null) {
			return read.apply(call);
		}
		Memory memory = this.lanes.get(call.lane());
		if (memory != null && memory.number > call.number()) {
			return STALE;
		}
		if (memory != null && memory.number == call.number()) {
			this.lanes.put(call.lane(), new Memory(memory.number, memory.again, call.now()));
			return memory.again.apply(call);
		}
		Answer answer = first(script, call, seen);
		this.lanes.put(call.lane(), new Memory(call.number(), answer.again, call.now()));
		return answer.first;
	}

	/**
	 * Whether this call is its lane's last, so that it would get its answer again.
	 */
	boolean isRemembered(ModelCall call) {
		Memory memory = this.lanes.get(call.lane());
		return memory != null && memory.number == call.number();
	}

	boolean isLate(ModelCall call) {
		Memory memory = this.lanes.get(call.lane());
		return memory != null && memory.number > call.number();
	}

	/**
	 * Forgets lanes that were not used for long, and returns their names.
	 */
	List<String> forgetLanes(long now) {
		List<String> forgotten = this.lanes.entrySet()
			.stream()
			.filter((lane) -> lane.getValue().usedAt <= now - LANE_LIFETIME_MILLIS)
			.map(Map.Entry::getKey)
			.toList();
		forgotten.forEach(this.lanes::remove);
		return forgotten;
	}

	private Function<ModelCall, Object> reading(String script) {
		return switch (script) {
			case "stats" -> (call) -> counts(call.now());
			case "task" -> this::task;
			case "failed" -> this::failed;
			case "peek" -> this::peek;
			case "partitions" -> (call) -> List.of();
			default -> null;
		};
	}

	private Answer first(String script, ModelCall call, ModelWaiting seen) {
		return switch (script) {
			case "enqueue" -> Answer.same(enqueue(call));
			case "dequeue" -> new ModelDequeue(this.queue, this::counts).answer(call, seen);
			case "release" -> Answer.same(this.queue.release(leased(call, 3, 2)));
			case "requeue" -> settled(call, 4, (at) -> this.queue.requeue(leased(call, at), call.number(at + 2),
					call.text(at + 3), call.policy().maxAttempts(), call.now()));
			case "hand_back" -> Answer
				.same(each(call, 3, 3, (at) -> this.queue.handBack(leased(call, at), call.number(at + 2), call.now())));
			case "reject" ->
				settled(call, 3, (at) -> this.queue.reject(leased(call, at), call.text(at + 2), call.now()));
			case "extend" -> Answer.same(extend(call));
			case "sweep" -> sweep(call);
			case "configure" -> Answer.same(configure(call.text(3), call.text(4)));
			case "redrive" -> Answer.same(redrive(call));
			case "delete" -> Answer.same(delete(call));
			case "make_due" -> Answer.same((long) this.queue.promote(Long.MAX_VALUE, call.now()));
			case "clear" -> {
				this.queue.clear();
				yield Answer.same("OK");
			}
			default -> throw new IllegalStateException("The model does not know " + script + ".lua");
		};
	}

	private Object enqueue(ModelCall call) {
		StringBuilder statuses = new StringBuilder();
		for (int at = 3; at < call.size(); at += 2) {
			String head = call.text(at);
			int bar = head.indexOf('|', 16);
			String due = head.substring(16, (bar >= 0) ? bar : head.length());
			String custom = (bar >= 0) ? head.substring(bar + 1) : "";
			ModelTask task = new ModelTask(head.substring(0, 16),
					'\1' + ModelTask.millis(call.now()) + call.text(at + 1));
			long dueAt = due.isEmpty() ? call.now()
					: due.startsWith("+") ? call.now() + Long.parseLong(due.substring(1)) : Long.parseLong(due);
			String choice = custom.isEmpty() ? "" : custom.substring(0, custom.startsWith("E") ? 17 : 1);
			statuses.append(this.queue.enqueue(task, dueAt, due.isEmpty(), choice, call.now()));
		}
		return statuses.toString();
	}

	private ModelTask leased(ModelCall call, int at) {
		return this.queue.leased(call.text(at), call.text(at + 1));
	}

	private List<ModelTask> leased(ModelCall call, int from, int width) {
		List<ModelTask> leased = new ArrayList<>();
		for (int at = from; at < call.size(); at += width) {
			leased.add(leased(call, at));
		}
		return leased;
	}

	private static String each(ModelCall call, int from, int width, Function<Integer, String> settle) {
		StringBuilder statuses = new StringBuilder();
		for (int at = from; at < call.size(); at += width) {
			statuses.append(settle.apply(at));
		}
		return statuses.toString();
	}

	private Answer settled(ModelCall call, int width, Function<Integer, String> settle) {
		String statuses = each(call, 8, width, settle);
		long dropped = this.queue.trimFailed(call.policy(), call.now());
		return Answer.same(List.of(statuses, dropped));
	}

	private Object extend(ModelCall call) {
		long deadline = call.now() + call.number(3);
		StringBuilder statuses = new StringBuilder();
		for (ModelTask task : leased(call, 4, 2)) {
			statuses.append((task != null) ? 'R' : 'L');
			if (task != null) {
				task.time = deadline;
			}
		}
		return List.of(statuses.toString(), deadline);
	}

	private Answer sweep(ModelCall call) {
		long promoted = this.queue.promote(call.now(), call.now());
		long reclaimed = this.queue.reclaim(call.now());
		Function<ModelCall, Object> answer = (
				at) -> Stream.concat(Stream.of(promoted, reclaimed, 0L, 0L), counts(at.now()).stream()).toList();
		return new Answer(answer.apply(call), answer);
	}

	private Object configure(String field, String value) {
		if (field.equals("limit")) {
			this.queue.limit = value;
		}
		else {
			this.queue.paused = value.equals("1");
		}
		return "OK";
	}

	private Object redrive(ModelCall call) {
		long upTo = call.text(4).isEmpty() ? call.now() : call.number(4);
		List<ModelTask> chosen = chosen(call.text(3), upTo, call.number(5), call.number(6));
		long moved = chosen.stream().filter((task) -> this.queue.redrive(task, call.now())).count();
		return List.of(moved, chosen.size() - moved, upTo, (long) chosen.size(), 0L);
	}

	private Object delete(ModelCall call) {
		long upTo = call.text(4).isEmpty() ? call.now() : call.number(4);
		List<ModelTask> chosen = chosen(call.text(3), upTo, call.number(5), 0);
		chosen.forEach(this.queue::deleteFailed);
		return List.of((long) chosen.size(), upTo);
	}

	private List<ModelTask> chosen(String id, long upTo, long max, long skip) {
		if (id.isEmpty()) {
			return this.queue.in(TaskState.FAILED)
				.stream()
				.filter((task) -> task.time <= upTo)
				.skip(skip)
				.limit(max)
				.toList();
		}
		return Stream.of(this.queue.ids.getOrDefault(id, id), id)
			.map(this.queue.tasks::get)
			.filter((task) -> task != null && task.place == TaskState.FAILED)
			.limit(1)
			.toList();
	}

	private Object failed(ModelCall call) {
		List<ModelTask> page = call.text(3).isEmpty()
				? this.queue.in(TaskState.FAILED).stream().skip(call.number(4)).limit(call.number(5)).toList()
				: chosen(call.text(3), 0, 1, 0);
		List<Object> answer = new ArrayList<>();
		page.forEach((task) -> answer.addAll(List.of(task.reference, task.time, task.body, task.state(), task.error)));
		return answer;
	}

	private Object task(ModelCall call) {
		ModelTask task = this.queue.tasks.get(this.queue.ids.getOrDefault(call.text(3), call.text(3)));
		if (task == null) {
			return List.of(List.of());
		}
		String place = task.place.name().substring(0, 1);
		return List.of(task.reference, place, (task.place != TaskState.PENDING) ? task.time : 0L, task.head(),
				task.state());
	}

	private Object peek(ModelCall call) {
		String place = call.text(3);
		List<ModelTask> looked = place.equals("P")
				? new ArrayList<>(this.queue.pending.stream().map((e) -> this.queue.tasks.get(e.reference())).toList())
				: this.queue.in(place.equals("D") ? TaskState.DELAYED : TaskState.WORKING);
		List<ModelTask> page = looked.stream().skip(call.number(4)).limit(call.number(5)).toList();
		List<Object> found = new ArrayList<>();
		page.stream()
			.filter((task) -> task != null)
			.forEach((task) -> found
				.addAll(List.of(task.reference, place.equals("P") ? 0L : task.time, task.body, task.state())));
		return List.of((long) page.size(), found);
	}

	/**
	 * Returns the twelve numbers of {@code include/counts.lua}.
	 */
	private List<Object> counts(long now) {
		QueueModel q = this.queue;
		long since = q.pending.stream()
			.filter((entry) -> q.tasks.containsKey(entry.reference()))
			.mapToLong(QueueModel.Entry::since)
			.findFirst()
			.orElse(0);
		String limit = q.limit.isEmpty() ? q.applied : q.limit;
		return List.of((long) q.count(TaskState.PENDING), (long) q.count(TaskState.DELAYED),
				(long) q.count(TaskState.WORKING), (long) q.count(TaskState.FAILED), since,
				limit.isEmpty() ? -1L : Long.parseLong(limit), q.paused ? 1L : 0L, q.dropped, q.failedBytes, now, 0L,
				0L);
	}

	private record Memory(long number, Function<ModelCall, Object> again, long usedAt) {
	}

	/**
	 * What a call answers the first time, and to a repeat.
	 *
	 * @param first the answer
	 * @param again the answer to a repeat
	 */
	record Answer(Object first, Function<ModelCall, Object> again) {

		static Answer same(Object answer) {
			return new Answer(answer, (again) -> answer);
		}

	}

}
