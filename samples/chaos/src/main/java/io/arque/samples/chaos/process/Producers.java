package io.arque.samples.chaos.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.arque.samples.chaos.fault.FaultKind;
import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;

/**
 * {@code Producers} keeps producer processes alive until all tasks are enqueued: one that
 * was ended is followed by another that has the rest of its tasks to do. Used by the
 * conductor's thread only.
 */
public final class Producers implements AutoCloseable {

	private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);

	private final Path directory;

	private final Map<String, String> properties;

	private final RecordWriter faults;

	private final List<Share> shares = new ArrayList<>();

	private int died;

	private int stuck;

	private final long loadUntilMicros;

	private int started;

	/**
	 * Starts them.
	 * @param count how many
	 * @param tasks how many tasks they have to enqueue together
	 * @param loadUntilMicros until when they enqueue others beside
	 * @param directory where they write
	 * @param properties of the application
	 * @param faults where to record what is done to them
	 * @throws IOException if they cannot be started
	 */
	public Producers(int count, long tasks, long loadUntilMicros, Path directory, Map<String, String> properties,
			RecordWriter faults) throws IOException {
		this.loadUntilMicros = loadUntilMicros;
		this.directory = directory;
		this.properties = properties;
		this.faults = faults;
		for (int i = 0; i < count; i++) {
			long of = tasks * (i + 1) / count - tasks * i / count;
			this.shares.add(new Share(start(of), of));
		}
	}

	private JvmProcess start(long tasks) throws IOException {
		String name = "producer-" + ++this.started;
		Map<String, String> all = new HashMap<>(this.properties);
		all.put("chaos.tasks", Long.toString(tasks));
		return JvmProcess.start(ProducerApplication.class, name, History.file(this.directory, name), all, Map.of());
	}

	/** Whether none is at work now, and one will be that has more to enqueue. */
	public boolean isOneStarting() {
		return this.shares.stream().noneMatch((share) -> share.process.isAtWork())
				&& this.shares.stream().anyMatch((share) -> !share.done && share.left > 0);
	}

	/**
	 * Ends one of them.
	 * @param fault how
	 * @param number what the seed has drawn, for whom
	 * @return whether there was one to end
	 * @throws IOException if its successor cannot be started
	 * @throws InterruptedException if interrupted
	 */
	public boolean strike(FaultKind fault, int number) throws IOException, InterruptedException {
		List<Share> possible = this.shares.stream().filter((share) -> share.process.isAtWork()).toList();
		if (possible.isEmpty()) {
			return false;
		}
		Share share = possible.get(number % possible.size());
		JvmProcess victim = share.process;
		share.struck = true;
		long begun = RecordWriter.micros();
		if (fault == FaultKind.KILL_PRODUCER) {
			victim.kill();
		}
		else if (!victim.terminate(STOP_PATIENCE)) {
			this.stuck++;
		}
		this.faults.write(Kind.FAULT, fault, victim, 0, (RecordWriter.micros() - begun) / 1000);
		return true;
	}

	/**
	 * Starts the successors of those that have ended before they were done.
	 * @return whether all tasks are enqueued, or were tried to be
	 * @throws IOException if one cannot be started
	 */
	public boolean supervise() throws IOException {
		for (Share share : this.shares) {
			if (!share.process.isAlive() && !share.done) {
				this.died += share.process.hasFailed() && !share.struck ? 1 : 0;
				share.struck = false;
				share.left -= intended(share.process.record());
				if (share.left > 0 || RecordWriter.micros() < this.loadUntilMicros) {
					share.process = start(share.left);
				}
				else {
					share.done = true;
				}
			}
		}
		return this.shares.stream().allMatch((share) -> share.done);
	}

	/**
	 * Has all that are at work measure themselves.
	 * @throws IOException if one cannot be asked
	 */
	public void measure() throws IOException {
		for (Share share : this.shares) {
			share.process.measure();
		}
	}

	/** How many ended by themselves before they were done. */
	public int died() {
		return this.died;
	}

	/** How many did not stop when they were asked to, and were killed. */
	public int stuck() {
		return this.stuck;
	}

	private static long intended(Path record) throws IOException {
		if (!Files.exists(record)) {
			return 0;
		}
		try (Stream<String> lines = Files.lines(record)) {
			return lines.filter((line) -> line.startsWith("I ")).count();
		}
	}

	@Override
	public void close() {
		for (Share share : this.shares) {
			try {
				share.process.kill();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * A part of the tasks, and who enqueues it now.
	 */
	private static final class Share {

		private JvmProcess process;

		/** Whether the process was ended. */
		private boolean struck;

		private long left;

		private boolean done;

		Share(JvmProcess process, long tasks) {
			this.process = process;
			this.left = tasks;
		}

	}

}
