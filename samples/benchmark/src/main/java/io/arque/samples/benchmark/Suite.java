package io.arque.samples.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.arque.samples.benchmark.arque.Arque;
import io.arque.samples.benchmark.floor.Floor;
import io.arque.samples.benchmark.growth.Growth;
import io.arque.samples.benchmark.measure.Group;
import io.arque.samples.benchmark.measure.Measurement;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Resources;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.partitions.Partitions;
import io.arque.samples.benchmark.peer.BullMq;
import io.arque.samples.benchmark.peer.Peer;
import io.arque.samples.benchmark.peer.Rqueue;
import io.arque.samples.benchmark.server.ClusterServer;
import io.arque.samples.benchmark.server.RedisServer;
import io.arque.samples.benchmark.streams.RedisStreams;
import io.arque.samples.benchmark.streams.RedisStreams.Setting;

/**
 * {@code Suite} is the list of everything that is measured, grouped by what is compared.
 */
final class Suite {

	private static final String RATE = "tasks/s";

	private static final int SMALL = Order.SMALL_BYTES;

	private static final int LARGE = Order.LARGE_BYTES;

	private final Sizes sizes;

	private final Callable<Floor> floor;

	private final Callable<Arque> arque;

	private final Callable<Arque> virtual;

	private final Callable<RedisStreams> streams;

	private final Callable<Peer> bullmq;

	private final Callable<Peer> rqueue;

	private final Callable<Peer> rqueueBest;

	private final Callable<Growth> growth;

	private final Callable<Partitions> unspread;

	private final Callable<Partitions> spread;

	private final String bullmqMissing;

	private final String clusterMissing;

	Suite(Sizes sizes, RedisServer server, String prefix, Resources resources)
			throws IOException, InterruptedException {
		this.sizes = sizes;
		this.floor = resources.lazily(() -> new Floor(server, prefix));
		this.arque = resources.lazily(() -> new Arque(server, prefix, Map.of()));
		this.virtual = resources
			.lazily(() -> new Arque(server, prefix + "-virtual", Map.of("spring.threads.virtual.enabled", true)));
		this.streams = resources.lazily(() -> new RedisStreams(server, prefix));
		this.bullmq = resources.lazily(() -> BullMq.start(server, prefix));
		this.rqueue = resources.lazily(() -> Rqueue.start(server, prefix, Rqueue.Setting.DOCUMENTED));
		this.rqueueBest = resources.lazily(() -> Rqueue.start(server, prefix, Rqueue.Setting.BEST));
		this.growth = resources.lazily(() -> new Growth(server, prefix));
		Callable<ClusterServer> cluster = resources.lazily(ClusterServer::start);
		this.unspread = resources.lazily(() -> new Partitions(cluster.call(), prefix, 1));
		this.spread = resources.lazily(() -> new Partitions(cluster.call(), prefix, 6));
		this.bullmqMissing = BullMq.install();
		this.clusterMissing = ClusterServer.missing(server);
	}

	List<Group> groups() {
		Stream<Group> repeated = Stream.of(enqueue(), enqueueAll(), drain(), slow(), latency(), large(), growth())
			.map((measurements) -> group(this.sizes.rounds(), this.sizes.warmUps(), measurements));
		Stream<Group> last = Stream.of(group(1, 0, growthOnce()),
				group(this.sizes.rounds(), this.sizes.warmUps(), partitions()));
		return Stream.concat(repeated, last).toList();
	}

	/**
	 * Returns what to know about this run.
	 */
	List<String> notes() {
		List<String> notes = new ArrayList<>();
		if (!Work.hasVirtualThreads()) {
			notes.add("No virtual threads before Java 21: 256 callers are platform threads, and handlers on virtual"
					+ " threads are not measured");
		}
		if (!this.bullmqMissing.isEmpty()) {
			notes.add("BullMQ is not measured: " + this.bullmqMissing);
		}
		if (!Rqueue.missing().isEmpty()) {
			notes.add("Rqueue is not measured: " + Rqueue.missing());
		}
		if (!this.clusterMissing.isEmpty()) {
			notes.add("Partitions are not measured: " + this.clusterMissing);
		}
		return notes;
	}

	private Group group(int rounds, int warmUps, Stream<Measurement> measurements) {
		return new Group(rounds, warmUps, measurements.filter((measurement) -> !isMissing(measurement)).toList());
	}

	private boolean isMissing(Measurement measurement) {
		return measurement.name().startsWith("bullmq.") && !this.bullmqMissing.isEmpty()
				|| measurement.name().startsWith("rqueue.") && !Rqueue.missing().isEmpty()
				|| measurement.name().startsWith("partitions.") && !this.clusterMissing.isEmpty()
				|| measurement.name().contains("-virtual") && !Work.hasVirtualThreads();
	}

	private Stream<Measurement> enqueue() {
		Stream<Measurement> roundTrip = Stream
			.of(Measurement.of("floor.round-trip", "ms", () -> this.floor.call().roundTrip()));
		return Stream.concat(roundTrip, Stream.of(1, 8, 64, 256).flatMap(this::enqueue));
	}

	private Stream<Measurement> enqueue(int callers) {
		int tasks = this.sizes.byCallers(callers);
		return Stream.of(rate("floor.enqueue-" + callers, () -> this.floor.call().enqueue(callers, tasks)),
				rate("arque.enqueue-" + callers, () -> this.arque.call().enqueue(callers, tasks, SMALL)),
				rate("redis-streams.enqueue-" + callers, () -> this.streams.call().enqueue(callers, tasks)),
				rate("bullmq.enqueue-" + callers, () -> this.bullmq.call().enqueue(callers, tasks, SMALL)),
				rate("rqueue.enqueue-" + callers, () -> this.rqueue.call().enqueue(callers, tasks, SMALL)));
	}

	private Stream<Measurement> enqueueAll() {
		int tasks = this.sizes.bulk();
		return Stream.of(rate("floor.enqueue-all", () -> this.floor.call().enqueueAll(tasks, SMALL)),
				rate("floor.enqueue-all-in-turn", () -> this.floor.call().enqueueAllInTurn(tasks, SMALL)),
				rate("arque.enqueue-all", () -> this.arque.call().enqueueAll(tasks, SMALL)),
				rate("redis-streams.enqueue-all", () -> this.streams.call().enqueueAll(tasks)),
				rate("bullmq.enqueue-all", () -> this.bullmq.call().enqueueAll(tasks, SMALL)));
	}

	private Stream<Measurement> drain() {
		int tasks = this.sizes.drain();
		return Stream.of(rate("floor.drain", () -> this.floor.call().drain(tasks, SMALL)),
				rate("floor.drain-in-turn", () -> this.floor.call().drainInTurn(tasks, SMALL)),
				rate("arque.drain-10", () -> this.arque.call().drain("drain-10", tasks, SMALL)),
				rate("arque.drain-10-virtual", () -> this.virtual.call().drain("drain-10", tasks, SMALL)),
				rate("arque.drain-100", () -> this.arque.call().drain("drain-100", tasks, SMALL)),
				rate("arque.drain-100-virtual", () -> this.virtual.call().drain("drain-100", tasks, SMALL)),
				rate("redis-streams.drain", () -> this.streams.call().drain(Setting.DOCUMENTED, tasks)),
				rate("redis-streams.drain-best", () -> this.streams.call().drain(Setting.BEST, tasks)),
				rate("bullmq.drain-10", () -> this.bullmq.call().drain(10, tasks, SMALL)),
				rate("bullmq.drain-100", () -> this.bullmq.call().drain(100, tasks, SMALL)),
				rate("rqueue.drain", () -> this.rqueue.call().drain(0, this.sizes.rqueue(), SMALL)),
				rate("rqueue.drain-best", () -> this.rqueueBest.call().drain(0, this.sizes.rqueueBest(), SMALL)));
	}

	private Stream<Measurement> slow() {
		int tasks = this.sizes.slow();
		return Stream.of(rate("arque.handler-20ms", () -> this.arque.call().drain("slow", tasks, SMALL)),
				rate("arque.handler-20ms-virtual", () -> this.virtual.call().drain("slow", tasks, SMALL)));
	}

	private Stream<Measurement> latency() {
		Duration time = this.sizes.latency();
		return Stream.of(several("floor.wake-up", (name) -> this.floor.call().wakeUp(name, time)),
				several("arque.latency", (name) -> this.arque.call().latency(name, time, SMALL)),
				several("redis-streams.latency", (name) -> this.streams.call().latency(Setting.DOCUMENTED, name, time)),
				several("bullmq.latency", (name) -> this.bullmq.call().latency(name, time, SMALL)),
				several("rqueue.latency-best", (name) -> this.rqueueBest.call().latency(name, time, SMALL)));
	}

	/** Everything of Arque's once more with payloads of 10 kB. */
	private Stream<Measurement> large() {
		int tasks = this.sizes.large();
		return Stream.concat(
				Stream.of(1, 8, 64, 256)
					.map((callers) -> rate("arque.enqueue-" + callers + ".10kB",
							() -> this.arque.call().enqueue(callers, tasks, LARGE))),
				Stream.of(rate("floor.enqueue-all.10kB", () -> this.floor.call().enqueueAll(tasks, LARGE)),
						rate("arque.enqueue-all.10kB", () -> this.arque.call().enqueueAll(tasks, LARGE)),
						rate("floor.drain.10kB", () -> this.floor.call().drain(tasks, LARGE)),
						large("drain-10", this.arque, ""), large("drain-10", this.virtual, "-virtual"),
						large("drain-100", this.arque, ""), large("drain-100", this.virtual, "-virtual"),
						large("slow", this.arque, ""), large("slow", this.virtual, "-virtual"),
						several("arque.latency.10kB",
								(name) -> this.arque.call().latency(name, this.sizes.latency(), LARGE))));
	}

	private Measurement large(String listener, Callable<Arque> application, String suffix) {
		String name = listener.equals("slow") ? "handler-20ms" : listener;
		return rate("arque." + name + suffix + ".10kB",
				() -> application.call().drain(listener, this.sizes.large(), LARGE));
	}

	private Stream<Measurement> growth() {
		GrowthSizes large = this.sizes.growth();
		return Stream.of(
				Measurement.of("growth.cost.small", "µs",
						() -> this.growth.call().costWithFew(large.worked(), large.few())),
				Measurement.of("growth.cost.large", "µs",
						() -> this.growth.call().costWithMany(large.worked(), large.many())));
	}

	/** What differs little from round to round, or takes long. */
	private Stream<Measurement> growthOnce() {
		GrowthSizes large = this.sizes.growth();
		return Stream
			.concat(Stream.of(several("growth.memory", (name) -> this.growth.call().memory(name, large.measured())),
					several("growth.load", (name) -> this.growth.call().commands(name, this.arque, large.measured())),
					Measurement.of("growth.longest-script", "ms",
							() -> this.growth.call().longestScript(large.many()))),
					large.queues()
						.stream()
						.map((queues) -> several("growth.queues." + queues,
								(name) -> this.growth.call().manyQueues(name, queues, large.idle()))));
	}

	/** After all others, which three more servers would disturb. */
	private Stream<Measurement> partitions() {
		int bulk = this.sizes.bulk();
		int tasks = this.sizes.drain();
		return Stream.of(rate("partitions.enqueue-all-1", () -> this.unspread.call().enqueueAll(bulk)),
				rate("partitions.enqueue-all-6", () -> this.spread.call().enqueueAll(bulk)),
				rate("partitions.drain-1", () -> this.unspread.call().drain(tasks)),
				rate("partitions.drain-6", () -> this.spread.call().drain(tasks)), Measurement
					.of("partitions.load-spread", "%", () -> this.spread.call().loadSpread(this.sizes.byCallers(8))));
	}

	private static Measurement several(String name, Samples samples) {
		return Measurement.ofMany(name, () -> samples.of(name));
	}

	private static Measurement rate(String name, Callable<Double> value) {
		return Measurement.of(name, RATE, value);
	}

	private interface Samples {

		List<Sample> of(String name) throws Exception;

	}

}
