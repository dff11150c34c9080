package io.arque.samples.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import io.arque.samples.chaos.fault.FaultKind;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.SimpleCommandLinePropertySource;

/**
 * {@code Options} are what the command line says.
 *
 * @param servers what Redis there is
 * @param load how much there is to do
 * @param faults what is done to it
 * @param soak what is done and measured beside, in long runs
 * @param keepRecords whether to keep them if nothing is wrong, too
 * @param output where records and reports go
 */
record Options(Servers servers, Load load, Faults faults, Soak soak, boolean keepRecords, Path output) {

	static final String USAGE = """
			--topology=single|sentinel|cluster  what servers to start
			--redis=redis://host:port           a server that is there; it cannot be killed then
			--program=/path/to/redis-server     what servers are started from; without it, the embedded Redis
			--tasks=number                      how many tasks, 20000
			--minutes=number                    how long at least, such as 0.5; the tasks are spread over it, 2
			--workers=number                    processes that work, 3
			--producers=number                  processes that enqueue, 2
			--queues=number                     how many queues, 2
			--partitions=number                 how many partitions each queue has, 1
			--limit=number                      working limit of each queue, 30
			--lease=duration                    lease duration, 2s
			--work=duration                     how long a task takes on average, 5ms
			--load=number                       tasks a second on a queue of their own, which are counted only, 0
			--measure=duration                  how often to measure the processes and Redis, such as 1m; without it, never
			--faults=kill,zombie:3,...|none     what to do, with how many parts of all faults; without it, all that can be
			--pause=duration                    mean time between faults, 2s
			--fsync=always|everysec|no          how often started servers write to disk, always
			--min-replicas=number               replicas that must have a task before it is acknowledged, 0
			--seed=number                       repeats a schedule
			--keep-records=true|false           whether to keep them if nothing is wrong, too, false
			--output=directory                  where records and reports go, target/chaos""";

	private static final Set<String> NAMES = USAGE.lines()
		.map((line) -> line.substring(2, line.indexOf('=')))
		.collect(Collectors.toUnmodifiableSet());

	/**
	 * Reads the options.
	 * @throws IllegalArgumentException if there is one that is not known, or not possible
	 */
	static Options of(String... args) {
		SimpleCommandLinePropertySource source = new SimpleCommandLinePropertySource(args);
		for (String arg : args) {
			if (!arg.startsWith("--") || !arg.contains("=")) {
				throw new IllegalArgumentException("Options are like --seed=1; there is '" + arg + "'");
			}
		}
		for (String name : source.getPropertyNames()) {
			if (!NAMES.contains(name)) {
				throw new IllegalArgumentException("There is no option '" + name + "'. There are:\n" + USAGE);
			}
		}
		Load load = new Load(number(source, "tasks", 20_000), minutes(source), (int) number(source, "workers", 3),
				(int) number(source, "producers", 2), (int) number(source, "queues", 2), work(source));
		return new Options(servers(source), load, faults(source), soak(source),
				Boolean.parseBoolean(text(source, "keep-records", "false")),
				Path.of(text(source, "output", "target/chaos")));
	}

	private static Work work(SimpleCommandLinePropertySource source) {
		int limit = (int) number(source, "limit", 30);
		int partitions = (int) number(source, "partitions", 1);
		if (limit < partitions) {
			throw new IllegalArgumentException("--limit must be at least --partitions, which is " + partitions
					+ ": each needs a share of it, it is " + limit);
		}
		return new Work(limit, partitions, duration(source, "lease", "2s"), duration(source, "work", "5ms"));
	}

	private static Servers servers(SimpleCommandLinePropertySource source) {
		Topology topology = Topology.valueOf(text(source, "topology", "single").toUpperCase(Locale.ROOT));
		String redis = source.getProperty("redis");
		if (redis != null && topology != Topology.SINGLE) {
			throw new IllegalArgumentException("--redis is one server; --topology starts its own");
		}
		String program = source.getProperty("program");
		if (redis != null && program != null) {
			throw new IllegalArgumentException("--redis is there already; --program is what others are started from");
		}
		return new Servers(topology, redis, (program != null) ? Path.of(program) : null,
				text(source, "fsync", "always"), Integer.parseInt(text(source, "min-replicas", "0")));
	}

	private static Faults faults(SimpleCommandLinePropertySource source) {
		String seed = source.getProperty("seed");
		return new Faults(kinds(source.getProperty("faults")), duration(source, "pause", "2s"),
				(seed != null) ? Long.parseLong(seed) : ThreadLocalRandom.current().nextInt(1_000_000));
	}

	private static Soak soak(SimpleCommandLinePropertySource source) {
		boolean measured = source.containsProperty("measure");
		return new Soak(Integer.parseInt(text(source, "load", "0")), measured ? duration(source, "measure", "") : null);
	}

	private static @Nullable Map<FaultKind, Integer> kinds(@Nullable String text) {
		if (text == null) {
			return null;
		}
		Map<FaultKind, Integer> faults = new TreeMap<>();
		if (!text.equals("none")) {
			for (String part : text.split(",")) {
				String[] nameAndParts = part.split(":", 2);
				faults.put(FaultKind.of(nameAndParts[0]),
						(nameAndParts.length == 2) ? Integer.parseInt(nameAndParts[1]) : 1);
			}
		}
		return faults;
	}

	private static Duration minutes(SimpleCommandLinePropertySource source) {
		return Duration.ofMillis((long) (Double.parseDouble(text(source, "minutes", "2")) * 60_000));
	}

	private static Duration duration(SimpleCommandLinePropertySource source, String name, String otherwise) {
		return DurationStyle.detectAndParse(text(source, name, otherwise));
	}

	private static long number(SimpleCommandLinePropertySource source, String name, long otherwise) {
		long number = Long.parseLong(text(source, name, Long.toString(otherwise)));
		if (number < 1) {
			throw new IllegalArgumentException("--" + name + " must be at least 1, it is " + number);
		}
		return number;
	}

	private static String text(SimpleCommandLinePropertySource source, String name, String otherwise) {
		String text = source.getProperty(name);
		return (text != null) ? text : otherwise;
	}

	/**
	 * What servers there are.
	 */
	enum Topology {

		SINGLE, SENTINEL, CLUSTER

	}

	/**
	 * What Redis there is.
	 *
	 * @param topology what servers to start
	 * @param url where a server is, none to start one
	 * @param program what to start one from, none for the embedded one
	 * @param fsync how often started servers write to disk
	 * @param minReplicas how many replicas must have a task before it is acknowledged
	 */
	record Servers(Topology topology, @Nullable String url, @Nullable Path program, String fsync, int minReplicas) {
	}

	/**
	 * What is done to processes and Redis.
	 *
	 * @param kinds what to do, and how often beside the others; null for all that can be
	 * @param pause mean time between two faults
	 * @param seed where the random numbers of the schedule start
	 */
	record Faults(@Nullable Map<FaultKind, Integer> kinds, Duration pause, long seed) {
	}

	/**
	 * What is done and measured beside.
	 *
	 * @param load how many tasks a second are counted only
	 * @param measure how often processes and Redis are measured, null for never
	 */
	record Soak(int load, @Nullable Duration measure) {
	}

	/**
	 * How much there is to do.
	 *
	 * @param tasks how many tasks
	 * @param duration how long the tasks take to come
	 * @param workers how many processes work
	 * @param producers how many processes enqueue
	 * @param queues how many queues
	 * @param work how a queue is worked on
	 */
	record Load(long tasks, Duration duration, int workers, int producers, int queues, Work work) {

		/**
		 * How many tasks a second each producer enqueues; a little more, to make up for
		 * faults.
		 */
		double perSecond() {
			return 1.2 * this.tasks / this.producers / Math.max(1, this.duration.toSeconds());
		}

	}

	/**
	 * How a queue is worked on.
	 *
	 * @param limit its working limit
	 * @param partitions how many it has
	 * @param lease how long a lease is
	 * @param mean how long a task takes on average
	 */
	record Work(int limit, int partitions, Duration lease, Duration mean) {
	}

}
