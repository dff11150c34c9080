package io.arque.samples.benchmark;

import java.util.List;
import java.util.stream.Stream;

import io.arque.samples.benchmark.measure.Bar;
import io.arque.samples.benchmark.measure.Bar.Sense;
import io.arque.samples.benchmark.measure.Figure;
import io.arque.samples.benchmark.measure.Ratio;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Samples;
import io.arque.samples.benchmark.report.Chart;
import io.arque.samples.benchmark.report.Chart.Panel;
import io.arque.samples.benchmark.report.Chart.Role;
import io.arque.samples.benchmark.report.Chart.Row;

/**
 * {@code Comparison} says which figures are set into relation, what the result has to be,
 * and what the chart shows of it.
 */
final class Comparison {

	private static final String MORE_START_UP = "growth.queues.1000.start-up-more";

	private static final String IDEAL = "ideal.handler-20ms";

	private static final double IDEAL_RATE = 200 * 1000 / 20.0;

	private static final List<Goal> GOALS = List.of( //
			atLeast(0.6, "ratio.drain.floor", "arque.drain-100", "floor.drain"),
			atLeast(4, "ratio.drain.bullmq", "arque.drain-100", "bullmq.drain-100"),
			atLeast(100, "ratio.drain.rqueue", "arque.drain-100", "rqueue.drain-best"),
			atLeast(3, "ratio.drain.redis-streams", "arque.drain-100", "redis-streams.drain-best"),
			atLeast(0.8, "ratio.enqueue-all.floor", "arque.enqueue-all", "floor.enqueue-all"),
			atLeast(4, "ratio.enqueue-all.bullmq", "arque.enqueue-all", "bullmq.enqueue-all"),
			atLeast(2, "ratio.enqueue-64.bullmq", "arque.enqueue-64", "bullmq.enqueue-64"),
			atLeast(4, "ratio.enqueue-256.bullmq", "arque.enqueue-256", "bullmq.enqueue-256"),
			atLeast(0.95, "ratio.enqueue-1.floor", "arque.enqueue-1", "floor.enqueue-1"),
			atLeast(0.95, "ratio.enqueue-8.floor", "arque.enqueue-8", "floor.enqueue-8"),
			atLeast(0.95, "ratio.handler-20ms.ideal", "arque.handler-20ms", IDEAL),
			atMost(1.5, "ratio.latency-p50.floor", "arque.latency.p50", "floor.wake-up.p50"),
			atMost(3, "ratio.latency-p99.floor", "arque.latency.p99", "floor.wake-up.p50"),
			atMost(1, "ratio.latency-p50.bullmq", "arque.latency.p50", "bullmq.latency.p50"),
			atMost(1, "ratio.latency-p99.bullmq", "arque.latency.p99", "bullmq.latency.p99"),
			atMost(1.2, "ratio.growth.cost", "growth.cost.large", "growth.cost.small"));

	private static final List<Ratio> WITHOUT_BAR = List.of(
			new Ratio("ratio.partitions.enqueue-all", "partitions.enqueue-all-6", "partitions.enqueue-all-1"),
			new Ratio("ratio.partitions.drain", "partitions.drain-6", "partitions.drain-1"));

	private static final List<Bar> BARS = List.of(new Bar("growth.memory.pending", Sense.AT_MOST, 270),
			new Bar("growth.queues.100.idle-calls", Sense.AT_MOST, 1.2),
			new Bar("growth.longest-script", Sense.AT_MOST, 10),
			new Bar("growth.queues.1000.connections", Sense.AT_MOST, 3),
			new Bar("growth.queues.1000.threads", Sense.AT_MOST, 50), new Bar(MORE_START_UP, Sense.AT_MOST, 5),
			new Bar("partitions.load-spread", Sense.AT_MOST, 10));

	static final Chart CHART = new Chart(List.of(
			new Panel("Drained through a listener with an empty handler, tasks/s",
					List.of(new Row("the scripts alone", "floor.drain", Role.FLOOR),
							new Row("Arque, concurrency 100", "arque.drain-100", Role.ARQUE),
							new Row("Arque, concurrency 10", "arque.drain-10", Role.ARQUE),
							new Row("Redis Streams, at its best", "redis-streams.drain-best", Role.PEER),
							new Row("BullMQ, concurrency 100", "bullmq.drain-100", Role.PEER),
							new Row("Rqueue, at its best", "rqueue.drain-best", Role.PEER))),
			new Panel("Enqueued together, tasks/s",
					List.of(new Row("the scripts alone", "floor.enqueue-all", Role.FLOOR),
							new Row("Arque, enqueueAll", "arque.enqueue-all", Role.ARQUE),
							new Row("Redis Streams, pipelined", "redis-streams.enqueue-all", Role.PEER),
							new Row("BullMQ, addBulk", "bullmq.enqueue-all", Role.PEER))),
			new Panel("Enqueued one by one by 64 callers, tasks/s",
					List.of(new Row("a script call for each task", "floor.enqueue-64", Role.FLOOR),
							new Row("Arque", "arque.enqueue-64", Role.ARQUE),
							new Row("Redis Streams", "redis-streams.enqueue-64", Role.PEER),
							new Row("BullMQ", "bullmq.enqueue-64", Role.PEER),
							new Row("Rqueue", "rqueue.enqueue-64", Role.PEER))),
			new Panel("From enqueue to handler on an idle queue, p50, ms (less is better)",
					List.of(new Row("publish, subscriber, script", "floor.wake-up.p50", Role.FLOOR),
							new Row("Arque", "arque.latency.p50", Role.ARQUE),
							new Row("Redis Streams", "redis-streams.latency.p50", Role.PEER),
							new Row("BullMQ", "bullmq.latency.p50", Role.PEER),
							new Row("Rqueue, at its best", "rqueue.latency-best.p50", Role.PEER))),
			new Panel("The same, p99 (less is better)",
					List.of(new Row("publish, subscriber, script", "floor.wake-up.p99", Role.FLOOR),
							new Row("Arque", "arque.latency.p99", Role.ARQUE),
							new Row("Redis Streams", "redis-streams.latency.p99", Role.PEER),
							new Row("BullMQ", "bullmq.latency.p99", Role.PEER),
							new Row("Rqueue, at its best", "rqueue.latency-best.p99", Role.PEER)))));

	private Comparison() {
	}

	/**
	 * Computes the ratios of which both sides were measured, and what is compared in
	 * other ways.
	 */
	static List<Figure> figures(Samples samples) {
		samples.addAll(samples.of("arque.handler-20ms")
			.stream()
			.map((sample) -> new Sample(IDEAL, IDEAL_RATE, sample.unit()))
			.toList());
		Stream<Figure> ratios = Stream.concat(GOALS.stream().map(Goal::ratio), WITHOUT_BAR.stream())
			.flatMap((ratio) -> ratio.of(samples).stream());
		return Stream.concat(ratios, moreStartUp(samples)).toList();
	}

	private static Stream<Figure> moreStartUp(Samples samples) {
		List<Sample> one = samples.of("growth.queues.1.start-up");
		List<Sample> many = samples.of("growth.queues.1000.start-up");
		if (one.isEmpty() || many.isEmpty()) {
			return Stream.empty();
		}
		double more = many.get(0).value() - one.get(0).value();
		return Stream.of(Figure.of(List.of(new Sample(MORE_START_UP, more, "s"))));
	}

	static List<Bar> bars() {
		return Stream.concat(GOALS.stream().map(Goal::bar), BARS.stream()).toList();
	}

	private static Goal atLeast(double value, String name, String dividend, String divisor) {
		return new Goal(new Ratio(name, dividend, divisor), new Bar(name, Sense.AT_LEAST, value));
	}

	private static Goal atMost(double value, String name, String dividend, String divisor) {
		return new Goal(new Ratio(name, dividend, divisor), new Bar(name, Sense.AT_MOST, value));
	}

	private record Goal(Ratio ratio, Bar bar) {
	}

}
