package io.arque.samples.chaos.check;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Run;
import io.arque.samples.chaos.record.TaskHistory;

/**
 * {@code Checker} says what a history proves, in the manner of Jepsen's total-queue: what
 * went in, what came out, and what lies between. It believes only what was written down
 * outside Redis; what nobody heard of, it takes to have gone either way.
 */
public final class Checker {

	private static final long CLOCK_OFF_MILLIS = 1_800_000;

	private final History history;

	private final Forgetting forgetting;

	private final Repeats repeats;

	private final List<TaskHistory> tasks;

	/**
	 * Creates a checker.
	 * @param history what is recorded
	 * @param leaseMillis how long a lease is
	 */
	public Checker(History history, long leaseMillis) {
		this.history = history;
		this.forgetting = new Forgetting(history.faults());
		this.repeats = new Repeats(this.forgetting, leaseMillis);
		this.tasks = List.copyOf(history.tasks());
	}

	/**
	 * Checks.
	 * @param workingLimit how many tasks of a queue may be worked on at once
	 * @param samplesOverLimit how often Redis was seen to have more
	 * @return the figures by name, in the order in which they are told
	 */
	public Map<String, Long> check(int workingLimit, long samplesOverLimit) {
		Map<String, Long> results = new LinkedHashMap<>();
		results.put("attempted", count(TaskHistory::isAttempted));
		results.put("acknowledged", count(TaskHistory::isAcknowledged));
		results.put("processed", count(TaskHistory::isProcessed));
		results.put("released", runs().filter(Run::isReleased).count());
		results.put("lost", count(Checker::isLost));
		results.put("lost-at-failover", count((task) -> isLost(task) && isForgotten(task)));
		results.put("unexpected", count((task) -> !task.isAttempted()));
		results.putAll(repeats());
		StaleReleases stale = StaleReleases.of(this.tasks, this.forgetting);
		results.put("stale-releases-accepted", stale.accepted());
		results.put("stale-releases-at-failover", stale.atFailOver());
		results.put("stale-releases-refused", runs().filter(Run::isRefused).count());
		results.put("recovered", count((task) -> task.isProcessed() && task.isAttempted() && !task.isAcknowledged()));
		results.put("refused-while-full", count(TaskHistory::isRefused));
		results.put("processed-though-refused", count((task) -> task.isRefused() && task.isProcessed()));
		results.put("released-while-full", runs().filter(this::isReleasedWhileFull).count());
		Overlaps overlaps = Overlaps.above(workingLimit, runs(), this.forgetting);
		results.put("throttle-violations", samplesOverLimit + overlaps.violations());
		results.put("throttle-exceeded-at-failover", overlaps.atFailOver());
		results.put("longest-recovery-ms", new Recovery(this.history.faults()).longestMillis(this.tasks));
		results.put("left-to-the-lease-at-a-stop", runs().filter(Checker::isLeftAtStop).count());
		results.put("clocks-off", clocksOff());
		this.history.faults().forEach((fault) -> results.merge("faults-" + fault.fault(), 1L, Long::sum));
		return results;
	}

	private Map<String, Long> repeats() {
		Map<String, Long> results = new LinkedHashMap<>();
		results.put("duplicated", 0L);
		for (Repeats.Reason reason : Repeats.Reason.values()) {
			results.put(reason.resultName(), 0L);
		}
		for (TaskHistory task : this.tasks) {
			for (Repeats.Reason reason : this.repeats.of(task)) {
				results.merge("duplicated", 1L, Long::sum);
				results.merge(reason.resultName(), 1L, Long::sum);
			}
		}
		return results;
	}

	private static boolean isLost(TaskHistory task) {
		return task.isAcknowledged() && !task.isProcessed();
	}

	private boolean isForgotten(TaskHistory task) {
		return this.forgetting.between(task.acknowledgedMicros(), task.acknowledgedMicros());
	}

	/** Workers whose clocks are far from what most take for the time. */
	private long clocksOff() {
		List<Long> clocks = this.history.clocks().stream().sorted().toList();
		return clocks.stream()
			.filter((clock) -> Math.abs(clock - clocks.get(clocks.size() / 2)) > CLOCK_OFF_MILLIS)
			.count();
	}

	/** A process that was asked to stop ended, and nobody was told of a task it had. */
	private static boolean isLeftAtStop(Run run) {
		return run.isStopped() && !run.isOver();
	}

	private boolean isReleasedWhileFull(Run run) {
		return run.isReleased() && this.history.faults()
			.stream()
			.anyMatch((fault) -> fault.fault().equals("full") && fault.begunMicros() < run.settledMicros()
					&& run.settledMicros() < fault.micros());
	}

	private long count(Predicate<TaskHistory> condition) {
		return this.tasks.stream().filter(condition).count();
	}

	private Stream<Run> runs() {
		return this.tasks.stream().flatMap((task) -> task.runs().stream());
	}

}
