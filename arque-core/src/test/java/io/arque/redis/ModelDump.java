package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import io.arque.TaskState;

/**
 * {@code ModelDump} is all that Redis holds of a queue but for its lanes, in the shape of
 * {@link #expected}, and what must be true of it whatever has happened.
 *
 * @param content by key
 * @param waiting who waits
 */
record ModelDump(Map<String, Object> content, ModelWaiting waiting) {

	/** Reads the queue's ten keys at one moment. */
	static final String SCRIPT = """
			local answer = {}
			for i = 1, 10 do
			  local kind = redis.call('TYPE', KEYS[i]).ok
			  answer[i] = kind == 'hash' and redis.call('HGETALL', KEYS[i])
			    or kind == 'list' and redis.call('LRANGE', KEYS[i], 0, -1)
			    or kind == 'zset' and redis.call('ZRANGE', KEYS[i], 0, -1, 'WITHSCORES') or {}
			end
			return answer
			""";

	private static final int REFERENCE = 16;

	private static final int TOKEN_LENGTH_AT = 21;

	static ModelDump of(List<?> answer) {
		Map<String, Object> content = new LinkedHashMap<>();
		Map<String, String> config = map(answer.get(0));
		content.put("pending", answer.get(1));
		content.put("delayed", times(answer.get(2)));
		content.put("working", times(answer.get(3)));
		content.put("failed", times(answer.get(7)));
		content.put("tasks", map(answer.get(4)));
		content.put("state", map(answer.get(5)));
		content.put("errors", map(answer.get(8)));
		content.put("ids", map(answer.get(6)));
		content.put("settings",
				List.of(config.getOrDefault("limit", ""), config.getOrDefault("applied", ""),
						config.getOrDefault("paused", ""), Long.parseLong(config.getOrDefault("failed.bytes", "0")),
						Long.parseLong(config.getOrDefault("dropped", "0"))));
		return new ModelDump(content, new ModelWaiting(times(answer.get(9)), config.getOrDefault("turn", "")));
	}

	/**
	 * Returns what Redis should hold.
	 */
	static Map<String, Object> expected(QueueModel queue) {
		Map<String, Object> expected = new LinkedHashMap<>();
		expected.put("pending", queue.pending.stream().map(QueueModel.Entry::packed).toList());
		for (TaskState place : List.of(TaskState.DELAYED, TaskState.WORKING, TaskState.FAILED)) {
			expected.put(place.name().toLowerCase(Locale.ROOT),
					queue.in(place).stream().collect(Collectors.toMap((task) -> task.reference, (task) -> task.time)));
		}
		Map<String, String> bodies = new HashMap<>();
		Map<String, String> states = new HashMap<>();
		Map<String, String> errors = new HashMap<>();
		queue.tasks.forEach((reference, task) -> {
			bodies.put(reference, task.body);
			if (task.leasedOnce) {
				states.put(reference, task.state());
			}
			if (task.place == TaskState.FAILED) {
				errors.put(reference, task.error);
			}
		});
		expected.put("tasks", bodies);
		expected.put("state", states);
		expected.put("errors", errors);
		expected.put("ids", queue.ids);
		expected.put("settings",
				List.of(queue.limit, queue.applied, queue.paused ? "1" : "", queue.failedBytes, queue.dropped));
		return expected;
	}

	/**
	 * Returns text for bytes, and what is in lists likewise.
	 */
	static Object readable(Object answer) {
		if (answer instanceof byte[] bytes) {
			return new String(bytes, StandardCharsets.ISO_8859_1);
		}
		if (answer instanceof List<?> list) {
			List<Object> readable = new ArrayList<>();
			list.forEach((each) -> readable.add(readable(each)));
			return readable;
		}
		return (answer != null) ? answer : List.of();
	}

	private static Map<String, String> map(Object list) {
		List<?> flat = (List<?>) list;
		Map<String, String> map = new HashMap<>();
		for (int i = 0; i < flat.size(); i += 2) {
			map.put((String) flat.get(i), (String) flat.get(i + 1));
		}
		return map;
	}

	private static Map<String, Long> times(Object list) {
		Map<String, Long> times = new HashMap<>();
		map(list).forEach((member, score) -> times.put(member, (long) Double.parseDouble(score)));
		return times;
	}

	/**
	 * Returns how this differs from what the model has, '' if it does not.
	 */
	String differenceFrom(QueueModel queue) {
		StringBuilder difference = new StringBuilder();
		expected(queue).forEach((key, value) -> {
			Object found = this.content.get(key);
			if (!value.equals(found)) {
				difference.append(key + " is " + printable(found) + " but should be " + printable(value) + "\n");
			}
		});
		return difference.toString();
	}

	/**
	 * Returns what is wrong with it in itself, '' if nothing.
	 */
	String violation() {
		Map<String, String> tasks = strings("tasks");
		Map<String, String> states = strings("state");
		List<String> places = new ArrayList<>();
		((List<?>) this.content.get("pending")).stream()
			.map((entry) -> ((String) entry).substring(0, REFERENCE))
			.filter(tasks::containsKey)
			.forEach(places::add);
		for (String place : List.of("delayed", "working", "failed")) {
			places.addAll(members(place));
		}
		Set<String> once = new HashSet<>(places);
		long failedBytes = members("failed").stream()
			.mapToLong(
					(each) -> tasks.getOrDefault(each, "").length() + strings("errors").getOrDefault(each, "").length())
			.sum();
		Set<String> leased = new HashSet<>();
		states.forEach((reference, state) -> {
			if (state.charAt(TOKEN_LENGTH_AT) > 0) {
				leased.add(reference);
			}
		});
		return said(once.size() == places.size(), "a task is in two places: " + places)
				+ said(once.equals(tasks.keySet()), "bodies and places differ: " + tasks.keySet() + " and " + once)
				+ said(tasks.keySet().containsAll(states.keySet()), "a state without a body")
				+ said(leased.equals(members("working")), "tokens " + leased + ", working " + members("working"))
				+ said(strings("errors").keySet().equals(members("failed")), "errors are not those of failed")
				+ said(tasks.keySet().containsAll(strings("ids").values()), "an id of no task")
				+ said(Objects.equals(((List<?>) this.content.get("settings")).get(3), failedBytes),
						"the bytes in failed are " + failedBytes);
	}

	int working() {
		return members("working").size();
	}

	@SuppressWarnings("unchecked")
	private Map<String, String> strings(String key) {
		return (Map<String, String>) this.content.get(key);
	}

	private Set<?> set(String key) {
		return ((Map<?, ?>) this.content.get(key)).keySet();
	}

	@SuppressWarnings("unchecked")
	private Set<String> members(String key) {
		return (Set<String>) set(key);
	}

	private static String said(boolean holds, String violation) {
		return holds ? "" : violation + "\n";
	}

	static String printable(Object value) {
		return QueueDump.printable(String.valueOf(value).getBytes(StandardCharsets.ISO_8859_1));
	}

}
