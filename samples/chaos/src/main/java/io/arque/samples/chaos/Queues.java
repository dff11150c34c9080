package io.arque.samples.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * {@code Queues} are the queues of a run, and what applications are told of them.
 */
final class Queues {

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(5);

	/** Where the tasks are that are counted only. */
	private static final String LOAD = "chaos-load";

	private static final int LOAD_LIMIT = 1000;

	private final Options options;

	private final String prefix;

	private final List<String> recorded;

	/**
	 * Names the queues.
	 * @param options of the run
	 * @param prefix what all their keys begin with
	 */
	Queues(Options options, String prefix) {
		this.options = options;
		this.prefix = prefix;
		this.recorded = IntStream.range(0, options.load().queues()).mapToObj((i) -> "chaos-" + i).toList();
	}

	/** Those whose tasks are recorded one by one. */
	List<String> recorded() {
		return this.recorded;
	}

	/** Whether there is one whose tasks are counted only. */
	boolean isLoaded() {
		return this.options.soak().load() > 0;
	}

	/** How many tasks of each may be worked on at once. */
	Map<String, Integer> limits() {
		Map<String, Integer> limits = new TreeMap<>();
		this.recorded.forEach((queue) -> limits.put(queue, this.options.load().work().limit()));
		if (isLoaded()) {
			limits.put(LOAD, LOAD_LIMIT);
		}
		return limits;
	}

	/**
	 * Tells what every application is told.
	 * @param directory where it writes its records
	 * @return properties
	 */
	Map<String, String> properties(Path directory) {
		Options.Load load = this.options.load();
		Options.Work work = load.work();
		Map<String, String> properties = new HashMap<>();
		properties.put("spring.data.redis.repositories.enabled", "false");
		properties.put("spring.data.redis.timeout", work.lease().toMillis() / 4 + "ms");
		properties.put("arque.key-prefix", this.prefix);
		properties.put("arque.listener.shutdown-timeout", SHUTDOWN_TIMEOUT.toMillis() + "ms");
		limits().forEach((queue, limit) -> properties.put("arque.queues." + queue + ".working-limit", "" + limit));
		this.recorded
			.forEach((queue) -> properties.put("arque.queues." + queue + ".partitions", "" + work.partitions()));
		properties.put("chaos.partitions", "" + work.partitions());
		properties.put("arque.defaults.lease-duration", work.lease().toMillis() + "ms");
		properties.put("arque.defaults.retry.max-attempts", "1000");
		properties.put("arque.defaults.retry.max-crashes", "1000");
		properties.put("arque.defaults.retry.delay", "200ms");
		properties.put("arque.defaults.retry.max-delay", "1s");
		properties.put("chaos.directory", directory.toString());
		properties.put("chaos.queues", String.join(",", this.recorded));
		properties.put("chaos.work", work.mean().toNanos() / 1000 + "us");
		properties.put("chaos.concurrency", "" + Math.max(1, work.limit() * this.recorded.size() / 2));
		if (isLoaded()) {
			properties.put("chaos.load.queue", LOAD);
		}
		return properties;
	}

	/**
	 * Tells what producers are told beside.
	 * @param loadUntilMicros until when they enqueue tasks that are counted only
	 * @return properties
	 */
	Map<String, String> propertiesOfProducers(long loadUntilMicros) {
		Options.Load load = this.options.load();
		return Map.of("arque.durability.min-replicas", "" + this.options.servers().minReplicas(), "chaos.per-second",
				"" + load.perSecond(), "chaos.load.until", "" + loadUntilMicros, "chaos.load.per-second",
				"" + (double) this.options.soak().load() / load.producers());
	}

}
