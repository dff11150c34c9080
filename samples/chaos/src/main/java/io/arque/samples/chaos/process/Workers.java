package io.arque.samples.chaos.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.arque.samples.chaos.fault.FaultKind;
import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;
import org.jspecify.annotations.Nullable;

/**
 * {@code Workers} keeps so many worker processes alive, and ends and stops them. Used by
 * the conductor's thread only.
 */
public final class Workers implements AutoCloseable {

	private static final Path FAKETIME = Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1");

	/** How much longer than {@code shutdown-timeout} a process may take to be gone. */
	private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);

	private final Path directory;

	private final Map<String, String> properties;

	private final RecordWriter faults;

	private final List<JvmProcess> processes = new CopyOnWriteArrayList<>();

	/** Faults that last, and go on while others begin. */
	private final List<CompletableFuture<Void>> lasting = new ArrayList<>();

	private final AtomicLong longestStopMillis = new AtomicLong();

	private final AtomicInteger died = new AtomicInteger();

	private final AtomicInteger stuck = new AtomicInteger();

	private int started;

	/**
	 * Starts them.
	 * @param count how many
	 * @param directory where they write
	 * @param properties of the application
	 * @param faults where to record what is done to them
	 * @throws IOException if they cannot be started
	 */
	public Workers(int count, Path directory, Map<String, String> properties, RecordWriter faults) throws IOException {
		this.directory = directory;
		this.properties = properties;
		this.faults = faults;
		for (int i = 0; i < count; i++) {
			this.processes.add(start(Map.of()));
		}
	}

	/** Whether clocks can be set wrong, for single processes. */
	public static boolean canShiftClocks() {
		return Files.exists(FAKETIME);
	}

	private JvmProcess start(Map<String, String> environment) throws IOException {
		String name = "worker-" + ++this.started;
		return JvmProcess.start(WorkerApplication.class, name, History.file(this.directory, name), this.properties,
				environment);
	}

	/** How many are at work now. */
	public long atWork() {
		return this.processes.stream().filter(JvmProcess::isAtWork).count();
	}

	/**
	 * Does something to one of them.
	 * @param fault what
	 * @param number what the seed has drawn, for whom and how long
	 * @param lease how long a lease is
	 * @return whether there was one to do it to
	 * @throws IOException if it failed
	 * @throws InterruptedException if interrupted
	 */
	public boolean strike(FaultKind fault, int number, Duration lease) throws IOException, InterruptedException {
		JvmProcess victim = victim(number);
		if (victim == null) {
			return false;
		}
		switch (fault) {
			case KILL -> {
				kill(fault, victim);
				replace(victim, Map.of());
			}
			case CLOCK -> {
				kill(FaultKind.KILL, victim);
				this.faults.write(Kind.FAULT, fault, victim, 0, 0);
				replace(victim, clock((number % 2 == 0) ? "+3600" : "-3600"));
			}
			case TERM -> {
				long begun = RecordWriter.micros();
				replace(victim, Map.of());
				this.lasting.add(later(() -> terminate(victim, begun)));
			}
			case ZOMBIE -> {
				victim.freeze();
				long begun = RecordWriter.micros();
				long millis = lease.toMillis() * (125 + number % 100) / 100;
				this.lasting.add(later(() -> thaw(victim, begun, millis)));
			}
			default -> throw new IllegalArgumentException(fault + " is not for workers");
		}
		return true;
	}

	/**
	 * Has all that are at work measure themselves.
	 * @throws IOException if one cannot be asked
	 */
	public void measure() throws IOException {
		for (JvmProcess process : this.processes) {
			process.measure();
		}
	}

	private @Nullable JvmProcess victim(int number) {
		List<JvmProcess> possible = this.processes.stream().filter(JvmProcess::isAtWork).toList();
		return possible.isEmpty() ? null : possible.get(number % possible.size());
	}

	private void kill(FaultKind fault, JvmProcess victim) throws InterruptedException {
		long begun = RecordWriter.micros();
		victim.kill();
		told(fault, victim, begun);
	}

	private void terminate(JvmProcess victim, long begun) throws InterruptedException {
		terminate(victim);
		this.longestStopMillis.accumulateAndGet((RecordWriter.micros() - begun) / 1000, Math::max);
		told(FaultKind.TERM, victim, begun);
	}

	private void terminate(JvmProcess process) throws InterruptedException {
		if (!process.terminate(STOP_PATIENCE)) {
			this.stuck.incrementAndGet();
		}
		if (process.hasHalted()) {
			this.died.incrementAndGet();
		}
	}

	private void thaw(JvmProcess victim, long begun, long millis) throws IOException, InterruptedException {
		Thread.sleep(millis);
		victim.thaw();
		told(FaultKind.ZOMBIE, victim, begun);
	}

	private void told(FaultKind fault, JvmProcess victim, long begun) {
		this.faults.write(Kind.FAULT, fault, victim, 0, (RecordWriter.micros() - begun) / 1000);
	}

	private void replace(JvmProcess victim, Map<String, String> environment) throws IOException {
		this.processes.remove(victim);
		this.processes.add(start(environment));
	}

	/** The monotonic clock stays right: wrong is what time of the day it is. */
	private static Map<String, String> clock(String seconds) {
		return Map.of("LD_PRELOAD", FAKETIME.toString(), "FAKETIME", seconds, "FAKETIME_DONT_FAKE_MONOTONIC", "1",
				"FAKETIME_FORCE_MONOTONIC_FIX", "0");
	}

	/**
	 * Replaces those that ended by themselves, which none should.
	 * @throws IOException if none can be started
	 */
	public void supervise() throws IOException {
		for (JvmProcess process : this.processes) {
			if (!process.isAlive()) {
				System.err.println(process + " has ended by itself, see its log");
				this.died.incrementAndGet();
				replace(process, Map.of());
			}
		}
		this.lasting.removeIf((fault) -> fault.isDone() && !fault.isCompletedExceptionally());
	}

	/** Returns when faults that last are over. */
	public void awaitWhole() {
		this.lasting.forEach(CompletableFuture::join);
		this.lasting.clear();
	}

	/** How many ended by themselves. */
	public int died() {
		return this.died.get();
	}

	/** How many did not stop when they were asked to, and were killed. */
	public int stuck() {
		return this.stuck.get();
	}

	/** The longest time from a SIGTERM until the process was gone. */
	public long longestStopMillis() {
		return this.longestStopMillis.get();
	}

	/**
	 * Asks all to stop, and returns when they have.
	 * @throws InterruptedException if interrupted
	 */
	public void stop() throws InterruptedException {
		for (JvmProcess process : this.processes) {
			terminate(process);
		}
	}

	@Override
	public void close() {
		for (JvmProcess process : this.processes) {
			try {
				process.kill();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static CompletableFuture<Void> later(Lasting fault) {
		return CompletableFuture.runAsync(() -> {
			try {
				fault.run();
			}
			catch (IOException | InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		}, (task) -> {
			Thread thread = new Thread(task, "lasting-fault");
			thread.setDaemon(true);
			thread.start();
		});
	}

	/**
	 * A fault that lasts.
	 */
	private interface Lasting {

		void run() throws IOException, InterruptedException;

	}

}
