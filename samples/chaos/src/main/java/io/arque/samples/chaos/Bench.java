package io.arque.samples.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.arque.samples.chaos.check.Checker;
import io.arque.samples.chaos.check.CountedLoad;
import io.arque.samples.chaos.check.Growth;
import io.arque.samples.chaos.fault.FaultKind;
import io.arque.samples.chaos.fault.Schedule;
import io.arque.samples.chaos.process.Producers;
import io.arque.samples.chaos.process.Workers;
import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.LoadRecord;
import io.arque.samples.chaos.record.RecordWriter;
import io.arque.samples.chaos.redis.ClusterRedis;
import io.arque.samples.chaos.redis.Node;
import io.arque.samples.chaos.redis.RedisProgram;
import io.arque.samples.chaos.redis.SentinelRedis;
import io.arque.samples.chaos.redis.Servers;
import io.arque.samples.chaos.redis.SingleRedis;
import org.jspecify.annotations.Nullable;

/**
 * {@code Bench} conducts one run: it starts servers and processes, breaks them by the
 * schedule while tasks come and go, lets all come to rest, and has the records checked.
 */
final class Bench implements AutoCloseable {

	/** So long nothing may come of anything, once all is whole, before the run ends. */
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private final Options options;

	private final String prefix;

	private final Queues queues;

	private final Path directory;

	private final RecordWriter faults;

	private final Servers servers;

	private final Workers workers;

	private final Producers producers;

	private final Observer observer;

	private final @Nullable Meter meter;

	private long workedMicros;

	Bench(Options options) throws IOException, InterruptedException {
		this.options = options;
		this.prefix = "chaos-" + Long.toString(System.currentTimeMillis(), 36);
		this.queues = new Queues(options, this.prefix);
		this.directory = options.output().resolve(this.prefix).toAbsolutePath();
		Files.createDirectories(this.directory);
		this.faults = new RecordWriter(History.file(this.directory, "faults"));
		this.servers = startServers();
		// producers and workers end with this process anyway
		Runtime.getRuntime().addShutdownHook(new Thread(this.servers::close));
		this.workers = new Workers(options.load().workers(), this.directory, properties(this.servers.properties()),
				this.faults);
		this.producers = startProducers();
		this.observer = new Observer(properties(this.servers.directProperties()), this.prefix, this.queues.limits());
		Duration interval = options.soak().measure();
		this.meter = (interval != null) ? new Meter(this.servers, interval, this.directory) : null;
	}

	private Servers startServers() throws IOException, InterruptedException {
		String url = this.options.servers().url();
		if (url != null) {
			return SingleRedis.given(url);
		}
		Path path = this.options.servers().program();
		RedisProgram program = (path != null) ? RedisProgram.at(path) : RedisProgram.embedded();
		String fsync = this.options.servers().fsync();
		return switch (this.options.servers().topology()) {
			case SINGLE -> SingleRedis.start(program, this.directory, fsync);
			case SENTINEL -> SentinelRedis.start(program, this.directory, fsync);
			case CLUSTER -> ClusterRedis.start(program, this.directory, fsync);
		};
	}

	private Producers startProducers() throws IOException {
		Options.Load load = this.options.load();
		long until = this.queues.isLoaded() ? RecordWriter.micros() + load.duration().toNanos() / 1000 : 0;
		Map<String, String> properties = properties(this.servers.properties());
		properties.putAll(this.queues.propertiesOfProducers(until));
		return new Producers(load.producers(), load.tasks(), until, this.directory, properties, this.faults);
	}

	/** What every application is told: where Redis is, and of the queues. */
	private Map<String, String> properties(Map<String, String> redis) {
		Map<String, String> properties = new HashMap<>(redis);
		properties.putAll(this.queues.properties(this.directory));
		return properties;
	}

	/**
	 * Runs to the end.
	 * @return what came of it
	 * @throws IOException if something could not be made whole again
	 * @throws InterruptedException if interrupted
	 */
	Report run() throws IOException, InterruptedException {
		long begun = System.nanoTime();
		String description = this.servers.description();
		System.err.println(description + "; seed " + this.options.faults().seed() + "; records in " + this.directory);
		breakThings(begun);
		this.workers.awaitWhole();
		System.err.println("All is whole; waiting for what is left");
		long left = drain();
		long worked = RecordWriter.micros() - this.workedMicros;
		awaitWork(this.options.load().workers()); // so that the last ones tell what their
													// clocks say
		this.workers.stop();
		Map<String, Long> results = check(left, worked);
		return new Report(this.options, kinds().keySet(), description, Duration.ofNanos(System.nanoTime() - begun),
				this.directory, results);
	}

	private void breakThings(long begun) throws IOException, InterruptedException {
		Duration pause = this.options.faults().pause();
		Schedule schedule = new Schedule(this.options.faults().seed(), kinds(), pause);
		awaitWork(this.options.load().workers());
		this.workedMicros = RecordWriter.micros();
		boolean enqueued = false;
		while (!enqueued || !schedule.isEven()
				|| System.nanoTime() - begun < this.options.load().duration().toNanos()) {
			if (schedule.isEmpty()) {
				Thread.sleep(pause.toMillis());
			}
			else {
				Schedule.Strike strike = schedule.next();
				Thread.sleep(strike.pause().toMillis());
				strike(strike);
			}
			measure();
			this.workers.supervise();
			enqueued = this.producers.supervise();
		}
	}

	private void measure() throws IOException {
		if (this.meter != null && this.meter.isDue()) {
			this.meter.measure();
			this.workers.measure();
			this.producers.measure();
		}
	}

	private void awaitWork(int count) throws IOException, InterruptedException {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (this.workers.atWork() < count) {
			if (System.nanoTime() - end > 0) {
				throw new IOException("The workers do not begin, see their logs in " + this.directory);
			}
			this.workers.supervise();
			this.producers.supervise();
			Thread.sleep(100);
		}
	}

	/** Unless all are done, a producer is at work, or the next one soon. */
	private void awaitProducer() throws IOException, InterruptedException {
		long end = System.nanoTime() + PATIENCE.toNanos();
		while (!this.producers.supervise() && this.producers.isOneStarting()) {
			if (System.nanoTime() - end > 0) {
				throw new IOException("The producers do not begin, see their logs in " + this.directory);
			}
			Thread.sleep(100);
		}
	}

	private Map<FaultKind, Integer> kinds() {
		Map<FaultKind, Integer> chosen = this.options.faults().kinds();
		Map<FaultKind, Integer> kinds = new TreeMap<>((chosen != null) ? chosen : Map.of());
		Set<FaultKind> ofServers = this.servers.faults();
		for (FaultKind kind : FaultKind.values()) {
			boolean possible = (kind == FaultKind.CLOCK) ? Workers.canShiftClocks()
					: kind.isOfProcess() || ofServers.contains(kind);
			if (kinds.containsKey(kind) && !possible) {
				throw new IllegalArgumentException("The fault " + kind + " is not possible here"
						+ ((kind == FaultKind.CLOCK) ? ": it needs libfaketime" : ""));
			}
			if (chosen == null && possible) {
				kinds.put(kind, 1);
			}
		}
		return kinds;
	}

	private void strike(Schedule.Strike strike) throws IOException, InterruptedException {
		FaultKind fault = strike.fault();
		if (fault == FaultKind.KILL_PRODUCER || fault == FaultKind.TERM_PRODUCER) {
			awaitProducer();
			tellIfMissed(fault, this.producers.strike(fault, strike.number()));
		}
		else if (fault.isOfProcess()) {
			awaitWork(1);
			tellIfMissed(fault, this.workers.strike(fault, strike.number(), this.options.load().work().lease()));
		}
		else {
			List<String> tags = this.queues.recorded()
				.stream()
				.flatMap((queue) -> this.observer.tags(queue).stream())
				.toList();
			String tag = tags.get(strike.number() / 7 % tags.size());
			long begun = RecordWriter.micros();
			Servers.Outcome outcome = this.servers.strike(fault, this.prefix + ":{" + tag + "}", strike.number());
			boolean missed = outcome == Servers.Outcome.MISSED;
			this.faults.write(Kind.FAULT, fault + (missed ? "-missed" : ""), tag,
					(outcome == Servers.Outcome.KEPT) ? 0 : 1, (RecordWriter.micros() - begun) / 1000);
		}
	}

	private void tellIfMissed(FaultKind fault, boolean met) {
		if (!met) {
			this.faults.write(Kind.FAULT, fault + "-missed", "nobody", 0, 0);
		}
	}

	/** Until nothing is left, or nothing changes any more. */
	private long drain() throws IOException, InterruptedException {
		long left = Long.MAX_VALUE;
		long changed = System.nanoTime();
		while (left != 0 && System.nanoTime() - changed < PATIENCE.toNanos()) {
			this.workers.supervise();
			long now = this.observer.tasks();
			if (now >= 0 && now != left) {
				left = now;
				changed = System.nanoTime();
			}
			Thread.sleep(100);
		}
		return left;
	}

	private Map<String, Long> check(long left, long workedMicros) throws IOException {
		Options.Work work = this.options.load().work();
		History history = History.read(this.directory);
		Map<String, Long> results = new LinkedHashMap<>(
				new Checker(history, work.lease().toMillis()).check(work.limit(), this.observer.overLimit()));
		if (this.queues.isLoaded()) {
			results.putAll(new CountedLoad(LoadRecord.read(this.directory)).check(workedMicros));
		}
		if (this.meter != null) {
			results.putAll(new Growth(history.measurements()).results());
		}
		results.put("left-in-redis", left);
		results.put("keys-left-in-redis", keysLeft());
		results.put("workers-died-by-themselves", (long) this.workers.died());
		results.put("producers-died-by-themselves", (long) this.producers.died());
		results.put("killed-since-they-did-not-stop", (long) this.workers.stuck() + this.producers.stuck());
		results.put("longest-stop-ms", this.workers.longestStopMillis());
		results.put("samples-of-working", this.observer.samples());
		results.put("most-working", this.observer.most());
		return results;
	}

	private long keysLeft() throws IOException {
		long count = 0;
		for (Node master : this.servers.masters()) {
			List<String> left = Leftovers.of(master, this.prefix);
			count += left.size();
			left.stream().limit(20).forEach((key) -> System.err.println("Left in " + master + ": " + key));
		}
		return count;
	}

	@Override
	public void close() throws InterruptedException, IOException {
		if (this.meter != null) {
			this.meter.close();
		}
		this.observer.close();
		this.producers.close();
		this.workers.close();
		this.servers.close();
		this.faults.close();
	}

}
