package io.arque.micrometer;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

import io.arque.ArqueMetrics;
import io.arque.QueueStats;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * {@code MicrometerArqueMetrics} keeps the meters of every queue. Gauges show what the
 * last look at the queue counted, and nothing before the first; every instance shows the
 * same queue, so aggregate them with {@code max}, not {@code sum}. Safe for use by many
 * threads.
 *
 * @since 0.1.0
 */
public final class MicrometerArqueMetrics implements ArqueMetrics {

	private final MeterRegistry registry;

	private final Map<String, QueueMeters> queues = new ConcurrentHashMap<>();

	/**
	 * Creates the metrics.
	 * @param registry keeps the meters
	 */
	public MicrometerArqueMetrics(MeterRegistry registry) {
		this.registry = registry;
	}

	@Override
	public void queueKnown(String queue) {
		meters(queue);
	}

	@Override
	public void count(String queue, Event event, long tasks) {
		meters(queue).counter(event).increment(tasks);
	}

	@Override
	public void processed(String queue, Outcome outcome, Duration duration) {
		meters(queue).timer(outcome).record(duration);
	}

	@Override
	public void waited(String queue, Duration wait) {
		meters(queue).wait.record(wait.isNegative() ? Duration.ZERO : wait);
	}

	@Override
	public void observed(String queue, QueueStats stats) {
		meters(queue).stats = stats;
	}

	private QueueMeters meters(String queue) {
		QueueMeters known = this.queues.get(queue);
		return (known != null) ? known
				: this.queues.computeIfAbsent(queue, (name) -> new QueueMeters(this.registry, name));
	}

	/**
	 * The meters of one queue.
	 */
	private static final class QueueMeters {

		private final Map<Event, Counter> counters = new EnumMap<>(Event.class);

		private final Map<Outcome, Timer> timers = new EnumMap<>(Outcome.class);

		private final Timer wait;

		private volatile @Nullable QueueStats stats;

		QueueMeters(MeterRegistry registry, String queue) {
			for (Event event : Event.values()) {
				this.counters.put(event, counter(registry, queue, event));
			}
			for (Outcome outcome : Outcome.values()) {
				this.timers.put(outcome,
						Timer.builder("arque.task.processing")
							.description("Time that handlers took")
							.tag("queue", queue)
							.tag("outcome", tag(outcome))
							.register(registry));
			}
			this.wait = Timer.builder("arque.task.wait")
				.description("Time from enqueue to the first delivery, a delay included")
				.tag("queue", queue)
				.register(registry);
			tasks(registry, queue, "pending", QueueStats::pending);
			tasks(registry, queue, "delayed", QueueStats::delayed);
			tasks(registry, queue, "working", QueueStats::working);
			tasks(registry, queue, "failed", QueueStats::failed);
			gauge("arque.queue.working.limit", (stats) -> stats.workingLimit().orElse(-1))
				.description("How many tasks may be working at once, -1 when no consumer has told")
				.tag("queue", queue)
				.register(registry);
			gauge("arque.queue.oldest.age", (stats) -> stats.oldestPendingAge().toMillis() / 1000.0)
				.description("How long the task at the head has been pending")
				.baseUnit("seconds")
				.tag("queue", queue)
				.register(registry);
		}

		private void tasks(MeterRegistry registry, String queue, String state, ToDoubleFunction<QueueStats> value) {
			gauge("arque.queue.tasks", value).description("Tasks in each state")
				.tag("queue", queue)
				.tag("state", state)
				.register(registry);
		}

		private Gauge.Builder<QueueMeters> gauge(String name, ToDoubleFunction<QueueStats> value) {
			return Gauge.builder(name, this, (meters) -> {
				QueueStats last = meters.stats;
				return (last != null) ? value.applyAsDouble(last) : Double.NaN;
			}).strongReference(true);
		}

		private static Counter counter(MeterRegistry registry, String queue, Event event) {
			return switch (event) {
				case ENQUEUED -> counter(registry, queue, "arque.task.enqueued", "Tasks added");
				case REQUEUED ->
					counter(registry, queue, "arque.task.requeued", "Tasks put back after a failed attempt");
				case FAILED -> counter(registry, queue, "arque.task.failed", "Tasks moved to failed");
				case CRASHED -> counter(registry, queue, "arque.task.crashed", "Expired leases");
				case LEASE_LOST -> counter(registry, queue, "arque.task.lease.lost", "Leases found lost");
				case SWEPT -> counter(registry, queue, "arque.task.swept", "Tasks that a sweep moved to pending");
				case DEAD_LETTERS_DROPPED ->
					counter(registry, queue, "arque.dead.letters.dropped", "Dead letters dropped by a bound");
			};
		}

		private static Counter counter(MeterRegistry registry, String queue, String name, String description) {
			return Counter.builder(name).description(description).tag("queue", queue).register(registry);
		}

		private static String tag(Outcome outcome) {
			return outcome.name().toLowerCase(Locale.ROOT).replace('_', '-');
		}

		Counter counter(Event event) {
			return Objects.requireNonNull(this.counters.get(event));
		}

		Timer timer(Outcome outcome) {
			return Objects.requireNonNull(this.timers.get(outcome));
		}

	}

}
