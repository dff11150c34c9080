package io.arque.samples.chaos.process;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;

import io.arque.ArqueOperations;
import io.arque.EnqueueAllException;
import io.arque.samples.chaos.record.LoadRecord;
import io.arque.samples.chaos.record.Marks;
import io.arque.samples.chaos.record.RecordWriter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;

/**
 * {@code LoadProducer} enqueues tasks that are counted only, so many a second until a
 * given time. What could not be enqueued is not tried again; after a pause the next ones
 * come faster until the rate is made up.
 */
@ConditionalOnProperty("chaos.load.queue")
class LoadProducer {

	/** How many are enqueued at once. */
	private static final int MANY = 20;

	private static final Duration PAUSE = Duration.ofMillis(50);

	private final ArqueOperations operations;

	private final Orders orders;

	private final String name;

	private final Marks attempted;

	private final Marks acknowledged;

	LoadProducer(ArqueOperations operations, Orders orders, @Value("${chaos.directory}") Path directory,
			@Value("${chaos.name}") String name) {
		this.operations = operations;
		this.orders = orders;
		this.name = name;
		this.attempted = LoadRecord.open(directory, name, LoadRecord.What.ATTEMPTED, name);
		this.acknowledged = LoadRecord.open(directory, name, LoadRecord.What.ACKNOWLEDGED, name);
	}

	/**
	 * Starts to enqueue.
	 * @return the thread, which ends when it is time
	 */
	Thread start() {
		Thread thread = new Thread(() -> {
			try {
				run();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, "load");
		thread.start();
		return thread;
	}

	private void run() throws InterruptedException {
		long begun = RecordWriter.micros();
		for (long first = 0; RecordWriter.micros() < this.orders.untilMicros(); first += MANY) {
			long early = begun + (long) (first * 1e6 / this.orders.perSecond()) - RecordWriter.micros();
			if (early > 0) {
				Thread.sleep(early / 1000, (int) (early % 1000) * 1000);
			}
			enqueue(first);
		}
	}

	private void enqueue(long first) throws InterruptedException {
		List<byte[]> payloads = LongStream.range(first, first + MANY)
			.mapToObj((number) -> (this.name + ' ' + number).getBytes(StandardCharsets.UTF_8))
			.toList();
		LongStream.range(first, first + MANY).forEach(this.attempted::mark);
		int enqueued = MANY;
		try {
			this.operations.enqueueAll(this.orders.queue(), payloads);
		}
		catch (EnqueueAllException ex) {
			enqueued = ex.enqueued().size();
			Thread.sleep(PAUSE.toMillis());
		}
		LongStream.range(first, first + enqueued).forEach(this.acknowledged::mark);
	}

	/**
	 * What this producer is to do.
	 *
	 * @param queue the queue
	 * @param perSecond how many a second
	 * @param untilMicros until when, by the records' clock
	 */
	@ConditionalOnProperty("chaos.load.queue")
	record Orders(@Value("${chaos.load.queue}") String queue, @Value("${chaos.load.per-second}") double perSecond,
			@Value("${chaos.load.until}") long untilMicros) {
	}

}
