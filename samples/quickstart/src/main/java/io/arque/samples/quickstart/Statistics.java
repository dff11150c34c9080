package io.arque.samples.quickstart;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.QueueStats;

import org.springframework.boot.ansi.AnsiColor;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * {@code Statistics} tell every few seconds what the queue holds, over all instances.
 */
@Component
class Statistics {

	private final ArqueQueue queue;

	Statistics(ArqueOperations arque) {
		this.queue = arque.queue("orders");
	}

	@Scheduled(initialDelayString = "${quickstart.statistics-every}",
			fixedDelayString = "${quickstart.statistics-every}")
	void tell() {
		try {
			QueueStats stats = this.queue.stats();
			Console.tell(AnsiColor.MAGENTA, "queue", this.queue.name(), text(stats));
		}
		catch (DataAccessException ex) {
			Console.tell(AnsiColor.RED, "queue", this.queue.name(),
					"Redis cannot be reached, trying again until it can");
		}
	}

	private static String text(QueueStats stats) {
		String limit = stats.workingLimit().isPresent() ? " of " + stats.workingLimit().getAsInt() : "";
		return "pending %d, delayed %d, working %d%s, failed %d, oldest pending %.1f s".formatted(stats.pending(),
				stats.delayed(), stats.working(), limit, stats.failed(), stats.oldestPendingAge().toMillis() / 1000.0);
	}

}
