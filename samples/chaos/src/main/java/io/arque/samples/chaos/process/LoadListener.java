package io.arque.samples.chaos.process;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.annotation.ArqueListener;
import io.arque.samples.chaos.record.LoadRecord;
import io.arque.samples.chaos.record.Marks;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;

/**
 * {@code LoadListener} works on the tasks that are counted only: it marks them.
 */
@ConditionalOnProperty("chaos.load.queue")
class LoadListener {

	private final Path directory;

	private final String name;

	private final Map<String, Marks> byProducer = new ConcurrentHashMap<>();

	LoadListener(@Value("${chaos.directory}") Path directory, @Value("${chaos.name}") String name) {
		this.directory = directory;
		this.name = name;
	}

	@ArqueListener(queues = "${chaos.load.queue}", concurrency = "20")
	void work(String task) {
		String[] producerAndNumber = task.split(" ");
		this.byProducer
			.computeIfAbsent(producerAndNumber[0],
					(producer) -> LoadRecord.open(this.directory, producer, LoadRecord.What.DONE, this.name))
			.mark(Long.parseLong(producerAndNumber[1]));
	}

}
