package io.arque.samples.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import io.arque.samples.benchmark.arque.Arque;
import io.arque.samples.benchmark.floor.Floor;
import io.arque.samples.benchmark.measure.Group;
import io.arque.samples.benchmark.measure.Measurement;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Resources;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.RedisServer;

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

	Suite(Sizes sizes, RedisServer server, String prefix, Resources resources) {
		this.sizes = sizes;
		this.floor = resources.lazily(() -> new Floor(server, prefix));
		this.arque = resources.lazily(() -> new Arque(server, prefix, false));
		this.virtual = resources.lazily(() -> new Arque(server, prefix + "-virtual", true));
	}

	List<Group> groups() {
		return List.of(group(enqueue()), group(enqueueAll()), group(drain()), group(slow()), group(latency()),
				group(large()));
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
		return notes;
	}

	private Group group(List<Measurement> measurements) {
		return new Group(this.sizes.rounds(), this.sizes.warmUp(), measurements);
	}

	private List<Measurement> enqueue() {
		List<Measurement> all = new ArrayList<>();
		all.add(Measurement.of("floor.round-trip", "ms", () -> this.floor.call().roundTrip()));
		for (int callers : List.of(1, 8, 64, 256)) {
			int tasks = this.sizes.byCallers(callers);
			all.add(rate("floor.enqueue-" + callers, () -> this.floor.call().enqueue(callers, tasks)));
			all.add(rate("arque.enqueue-" + callers, () -> this.arque.call().enqueue(callers, tasks, SMALL)));
		}
		return all;
	}

	private List<Measurement> enqueueAll() {
		int tasks = this.sizes.bulk();
		return List.of(rate("floor.enqueue-all", () -> this.floor.call().enqueueAll(tasks, SMALL)),
				rate("arque.enqueue-all", () -> this.arque.call().enqueueAll(tasks, SMALL)));
	}

	private List<Measurement> drain() {
		int tasks = this.sizes.drain();
		List<Measurement> all = new ArrayList<>();
		all.add(rate("floor.drain", () -> this.floor.call().drain(tasks, SMALL)));
		for (String listener : List.of("drain-10", "drain-100")) {
			all.add(rate("arque." + listener, () -> this.arque.call().drain(listener, tasks, SMALL)));
			if (Work.hasVirtualThreads()) {
				all.add(rate("arque." + listener + "-virtual",
						() -> this.virtual.call().drain(listener, tasks, SMALL)));
			}
		}
		return all;
	}

	private List<Measurement> slow() {
		int tasks = this.sizes.slow();
		List<Measurement> all = new ArrayList<>();
		all.add(rate("arque.handler-20ms", () -> this.arque.call().drain("slow", tasks, SMALL)));
		if (Work.hasVirtualThreads()) {
			all.add(rate("arque.handler-20ms-virtual", () -> this.virtual.call().drain("slow", tasks, SMALL)));
		}
		return all;
	}

	private List<Measurement> latency() {
		return List.of(Measurement.ofMany("floor.wake-up", () -> this.floor.call().wakeUp(this.sizes.latency())),
				Measurement.ofMany("arque.latency",
						() -> this.arque.call().latency("arque.latency", this.sizes.latency(), SMALL)));
	}

	/** Everything of Arque's once more with payloads of 10 kB. */
	private List<Measurement> large() {
		int tasks = this.sizes.large();
		List<Measurement> all = new ArrayList<>();
		for (int callers : List.of(1, 8, 64, 256)) {
			all.add(rate("arque.enqueue-" + callers + ".10kB", () -> this.arque.call().enqueue(callers, tasks, LARGE)));
		}
		all.add(rate("floor.enqueue-all.10kB", () -> this.floor.call().enqueueAll(tasks, LARGE)));
		all.add(rate("arque.enqueue-all.10kB", () -> this.arque.call().enqueueAll(tasks, LARGE)));
		all.add(rate("floor.drain.10kB", () -> this.floor.call().drain(tasks, LARGE)));
		for (String listener : List.of("drain-10", "drain-100")) {
			all.add(rate("arque." + listener + ".10kB", () -> this.arque.call().drain(listener, tasks, LARGE)));
		}
		all.add(rate("arque.handler-20ms.10kB", () -> this.arque.call().drain("slow", tasks, LARGE)));
		all.add(Measurement.ofMany("arque.latency.10kB",
				() -> this.arque.call().latency("arque.latency.10kB", this.sizes.latency(), LARGE)));
		return all;
	}

	private static Measurement rate(String name, Callable<Double> value) {
		return Measurement.of(name, RATE, value);
	}

}
