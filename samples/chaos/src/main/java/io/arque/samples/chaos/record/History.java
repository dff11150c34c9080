package io.arque.samples.chaos.record;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * {@code History} is what all processes have recorded, put together by task.
 */
public final class History {

	private static final String SUFFIX = ".record";

	private final Map<String, TaskHistory> tasks = new HashMap<>();

	private final List<FaultEntry> faults = new ArrayList<>();

	private final List<Measurement> measurements = new ArrayList<>();

	private final List<Long> clocks = new ArrayList<>();

	/**
	 * Returns where a process writes its record.
	 * @param directory where all records are
	 * @param process the process's name
	 * @return the file
	 */
	public static Path file(Path directory, String process) {
		return directory.resolve(process + SUFFIX);
	}

	/**
	 * Reads all records of a directory.
	 * @param directory where they are
	 * @return the history
	 * @throws IOException if one cannot be read
	 */
	public static History read(Path directory) throws IOException {
		History history = new History();
		List<Path> files;
		try (Stream<Path> all = Files.list(directory)) {
			files = all.filter((file) -> file.toString().endsWith(SUFFIX)).sorted().toList();
		}
		for (Path file : files) {
			try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
				String name = file.getFileName().toString();
				history.add(name.substring(0, name.length() - SUFFIX.length()), reader);
			}
		}
		return history;
	}

	/**
	 * Adds the record of one process.
	 * @param process the process's name
	 * @param record its lines
	 * @throws IOException if they cannot be read
	 */
	public void add(String process, Reader record) throws IOException {
		OneRecord lines = new OneRecord(process);
		BufferedReader reader = new BufferedReader(record);
		for (String line = reader.readLine(); line != null; line = reader.readLine()) {
			lines.add(line.split(" "));
		}
	}

	public Collection<TaskHistory> tasks() {
		return this.tasks.values();
	}

	public List<FaultEntry> faults() {
		return this.faults;
	}

	public List<Measurement> measurements() {
		return this.measurements;
	}

	/**
	 * Returns how far what each worker takes for the time, in milliseconds, was ahead of
	 * the records' clock.
	 */
	public List<Long> clocks() {
		return this.clocks;
	}

	private TaskHistory task(String name) {
		return this.tasks.computeIfAbsent(name, TaskHistory::new);
	}

	/**
	 * What was measured.
	 *
	 * @param of of which process, or of Redis
	 * @param micros when
	 * @param what of its vitals
	 * @param value how much
	 */
	public record Measurement(String of, long micros, Vital what, long value) {
	}

	/**
	 * What the conductor did.
	 *
	 * @param micros when it was over
	 * @param fault what
	 * @param target to which process or server
	 * @param forgets whether Redis may have forgotten what it had acknowledged
	 * @param lastedMillis how long it had lasted then
	 */
	public record FaultEntry(long micros, String fault, String target, boolean forgets, long lastedMillis) {

		/** When it began. */
		public long begunMicros() {
			return this.micros - this.lastedMillis * 1000;
		}

	}

	/**
	 * Reads the lines of one process. A worker's later lines name a run by id and token.
	 */
	private final class OneRecord {

		private final String process;

		private final Map<String, Run> runs = new HashMap<>();

		private boolean stopping;

		OneRecord(String process) {
			this.process = process;
		}

		void add(String[] fields) {
			long micros = Long.parseLong(fields[1]);
			switch (Kind.of(fields[0].charAt(0))) {
				case INTENDED, UNCERTAIN -> task(fields[2]).attempt();
				case NO_ROOM -> task(fields[2]).refuse();
				case ACKNOWLEDGED -> task(fields[2]).acknowledge(micros);
				case READY -> History.this.clocks.add(Long.parseLong(fields[2]) - micros / 1000);
				case STARTED -> start(micros, fields);
				case DONE -> run(fields[2], fields[3]).done(micros);
				case THROWN -> run(fields[2], fields[3]).thrown();
				case STOPPING -> {
					this.stopping = true;
					this.runs.values().forEach(Run::stopped);
				}
				case SETTLED -> {
					Run run = this.runs.get(key(fields[3], fields[4]));
					if (run != null) { // else handed back before it was started
						run.settled(fields[2].intern(), micros);
					}
				}
				case REFUSED -> {
					Run run = this.runs.get(key(fields[3], fields[4]));
					if (run != null) {
						run.refused();
					}
				}
				case FAULT -> History.this.faults.add(
						new FaultEntry(micros, fields[2], fields[3], fields[4].equals("1"), Long.parseLong(fields[5])));
				case MEASURED -> History.this.measurements
					.add(new Measurement(this.process, micros, Vital.of(fields[2]), Long.parseLong(fields[3])));
			}
		}

		private void start(long micros, String[] fields) {
			Run run = new Run(this.process, fields[7].intern(), fields[4], micros, Long.parseLong(fields[5]));
			if (this.stopping) {
				run.stopped();
			}
			this.runs.put(key(fields[3], fields[4]), run);
			task(fields[2]).add(run);
		}

		private Run run(String id, String token) {
			@Nullable Run run = this.runs.get(key(id, token));
			if (run == null) {
				throw new IllegalStateException(this.process + " ended task " + id + ", which it had not started");
			}
			return run;
		}

		private static String key(String id, String token) {
			return id + ' ' + token;
		}

	}

}
