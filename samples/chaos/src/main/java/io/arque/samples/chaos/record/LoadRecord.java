package io.arque.samples.chaos.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code LoadRecord} is the record of the tasks that are counted only: {@link Marks} in
 * place of lines. Such a task is the name of its producer and a number.
 */
public final class LoadRecord {

	private static final String SUFFIX = ".marks";

	private LoadRecord() {
	}

	/**
	 * Opens the marks that one process makes.
	 * @param directory where all records are
	 * @param producer whose tasks they are
	 * @param what has happened to the tasks that are marked
	 * @param process who marks them
	 * @return the marks
	 */
	public static Marks open(Path directory, String producer, What what, String process) {
		return new Marks(directory.resolve(producer + '.' + what + '.' + process + SUFFIX));
	}

	/**
	 * Reads all marks of a directory.
	 * @param directory where they are
	 * @return an entry for each file
	 * @throws IOException if one cannot be read
	 */
	public static List<Entry> read(Path directory) throws IOException {
		List<Path> files;
		try (Stream<Path> all = Files.list(directory)) {
			files = all.filter((file) -> file.toString().endsWith(SUFFIX)).sorted().toList();
		}
		List<Entry> entries = new ArrayList<>();
		for (Path file : files) {
			String[] names = file.getFileName().toString().split("\\.");
			entries.add(new Entry(names[0], What.valueOf(names[1]), Marks.read(file)));
		}
		return entries;
	}

	/**
	 * What has happened to a task.
	 */
	public enum What {

		/** Its producer is about to enqueue it. */
		ATTEMPTED,
		/** The enqueue was acknowledged. */
		ACKNOWLEDGED,
		/** A worker has done it, and is about to release it. */
		DONE

	}

	/**
	 * What one process has marked.
	 *
	 * @param producer whose tasks they are
	 * @param what has happened to them
	 * @param numbers which
	 */
	public record Entry(String producer, What what, Marks.Numbers numbers) {
	}

}
