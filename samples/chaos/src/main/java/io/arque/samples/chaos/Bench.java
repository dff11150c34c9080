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
import java.util.stream.IntStream;

import io.arque.samples.chaos.check.Checker;
import io.arque.samples.chaos.fault.FaultKind;
import io.arque.samples.chaos.fault.Schedule;
import io.arque.samples.chaos.process.Producers;
import io.arque.samples.chaos.process.Workers;
import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;
import io.arque.samples.chaos.redis.ClusterRedis;
import io.arque.samples.chaos.redis.SentinelRedis;
import io.arque.samples.chaos.redis.Servers;
import io.arque.samples.chaos.redis.SingleRedis;

/**
 * {@code Bench} conducts one run: it starts servers and processes, breaks them by the
 * schedule while tasks come and go, lets all come to rest, and has the records checked.
 */
final class Bench implements AutoCloseable {

	/** So long nothing may come of anything, once all is whole, before the run ends. */
	private static final Duration PATIENCE = Duration.ofMinutes(3);

	private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(5);

	private final Options options;

	private final String prefix;

	private final List<String> queues;

	private final Path directory;

	private final RecordWriter faults;

	private final Servers servers;

	private final Workers workers;

	private final Producers producers;

	private final Observer observer;

	Bench(Options options) throws IOException, InterruptedException {
		this.options = options;
		this.prefix = "chaos-" + Long.toString(System.currentTimeMillis(), 36);
		this.queues = IntStream.range(0, options.load().queues()).mapToObj((i) -> "chaos-" + i).toList();
		this.directory = options.output().resolve(this.prefix).toAbsolutePath();
		Files.createDirectories(this.directory);
		this.faults = new RecordWriter(History.file(this.directory, "faults"));
		this.servers = startServers();
		// producers and workers end with this process anyway
		Runtime.getRuntime().addShutdownHook(new Thread(this.servers::close));
		Options.Load load = options.load();
		this.workers = new Workers(load.workers(), this.directory, properties(), this.faults);
		Map<String, String> ofProducers = properties();
		ofProducers.put("arque.durability.min-replicas", "" + options.minReplicas());
		this.producers = new Producers(load.producers(), load.tasks(), this.directory, ofProducers, this.faults);
		Map<String, String> direct = new HashMap<>(properties());
		this.servers.properties().keySet().forEach(direct::remove);
		direct.putAll(this.servers.directProperties());
		this.observer = new Observer(direct, this.prefix, this.queues, load.work().limit());
	}

	private Servers startServers() throws IOException, InterruptedException {
		String redis = this.options.redis();
		if (redis != null) {
			return SingleRedis.given(redis);
		}
		return switch (this.options.topology()) {
			case SINGLE -> SingleRedis.start(this.directory, this.options.fsync());
			case SENTINEL -> SentinelRedis.start(this.directory, this.options.fsync());
			case CLUSTER -> ClusterRedis.start(this.directory, this.options.fsync());
		};
	}

	private Map<String, String> properties() {
		Options.Work work = this.options.load().work();
		Map<String, String> properties = new HashMap<>(this.servers.properties());
		properties.put("spring.data.redis.repositories.enabled", "false");
		properties.put("spring.data.redis.timeout", work.lease().toMillis() / 4 + "ms");
		properties.put("arque.key-prefix", this.prefix);
		properties.put("arque.listener.shutdown-timeout", SHUTDOWN_TIMEOUT.toMillis() + "ms");
		properties.put("arque.defaults.working-limit", "" + work.limit());
		properties.put("arque.defaults.lease-duration", work.lease().toMillis() + "ms");
		properties.put("arque.defaults.retry.max-attempts", "1000");
		properties.put("arque.defaults.retry.max-crashes", "1000");
		properties.put("arque.defaults.retry.delay", "200ms");
		properties.put("arque.defaults.retry.max-delay", "1s");
		properties.put("chaos.queues", String.join(",", this.queues));
		properties.put("chaos.work", work.mean().toNanos() / 1000 + "us");
		properties.put("chaos.concurrency", "" + Math.max(1, work.limit() * this.queues.size() / 2));
		properties.put("chaos.per-second", "" + this.options.load().perSecond());
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
		System.err.println(description + "; seed " + this.options.seed() + "; records in " + this.directory);
		breakThings(begun);
		this.workers.awaitWhole();
		System.err.println("All is whole; waiting for what is left");
		long left = drain();
		this.workers.stop();
		Map<String, Long> results = check(left);
		return new Report(this.options, description, Duration.ofNanos(System.nanoTime() - begun), this.directory,
				results);
	}

	private void breakThings(long begun) throws IOException, InterruptedException {
		Schedule schedule = new Schedule(this.options.seed(), kinds(), this.options.pause());
		awaitWork(this.options.load().workers());
		boolean enqueued = false;
		while (!enqueued || !schedule.isEven()
				|| System.nanoTime() - begun < this.options.load().duration().toNanos()) {
			Schedule.Strike strike = schedule.next();
			Thread.sleep(strike.pause().toMillis());
			strike(strike);
			this.workers.supervise();
			enqueued = this.producers.supervise();
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

	private Map<FaultKind, Integer> kinds() {
		Map<FaultKind, Integer> kinds = new TreeMap<>(this.options.faults());
		Set<FaultKind> ofServers = this.servers.faults();
		for (FaultKind kind : FaultKind.values()) {
			boolean possible = (kind == FaultKind.CLOCK) ? Workers.canShiftClocks()
					: kind.isOfProcess() || ofServers.contains(kind);
			if (kinds.containsKey(kind) && !possible) {
				throw new IllegalArgumentException("The fault " + kind + " is not possible here"
						+ ((kind == FaultKind.CLOCK) ? ": it needs libfaketime" : ""));
			}
			if (this.options.faults().isEmpty() && possible) {
				kinds.put(kind, 1);
			}
		}
		return kinds;
	}

	private void strike(Schedule.Strike strike) throws IOException, InterruptedException {
		FaultKind fault = strike.fault();
		if (fault == FaultKind.KILL_PRODUCER || fault == FaultKind.TERM_PRODUCER) {
			this.producers.strike(fault, strike.number());
		}
		else if (fault.isOfProcess()) {
			awaitWork(1);
			this.workers.strike(fault, strike.number(), this.options.load().work().lease());
		}
		else {
			String queue = this.queues.get(strike.number() / 7 % this.queues.size());
			long begun = RecordWriter.micros();
			Servers.Outcome outcome = this.servers.strike(fault, this.prefix + ":{" + queue + "}", strike.number());
			boolean missed = outcome == Servers.Outcome.MISSED;
			this.faults.write(Kind.FAULT, fault + (missed ? "-missed" : ""), queue,
					(outcome == Servers.Outcome.KEPT) ? 0 : 1, (RecordWriter.micros() - begun) / 1000);
		}
	}

	/** Until nothing is left, or nothing changes any more. */
	private long drain() throws InterruptedException {
		long left = Long.MAX_VALUE;
		long changed = System.nanoTime();
		while (left != 0 && System.nanoTime() - changed < PATIENCE.toNanos()) {
			long now = this.observer.tasks();
			if (now >= 0 && now != left) {
				left = now;
				changed = System.nanoTime();
			}
			Thread.sleep(100);
		}
		return left;
	}

	private Map<String, Long> check(long left) throws IOException {
		Options.Work work = this.options.load().work();
		Map<String, Long> results = new LinkedHashMap<>(
				new Checker(History.read(this.directory), work.lease().toMillis()).check(work.limit(),
						this.observer.overLimit()));
		results.put("left-in-redis", left);
		results.put("workers-died-by-themselves", (long) this.workers.died());
		results.put("longest-stop-ms", this.workers.longestStopMillis());
		results.put("samples-of-working", this.observer.samples());
		return results;
	}

	@Override
	public void close() throws InterruptedException, IOException {
		this.observer.close();
		this.producers.close();
		this.workers.close();
		this.servers.close();
		this.faults.close();
	}

}
