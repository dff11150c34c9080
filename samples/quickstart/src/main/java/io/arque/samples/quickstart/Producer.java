package io.arque.samples.quickstart;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;

import org.springframework.boot.ansi.AnsiColor;
import org.springframework.context.annotation.Profile;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * {@code Producer} enqueues an order a second. One in eight, more or less, will fail.
 */
@Component
@Profile("!" + CountedRun.PROFILE)
class Producer {

	private static final EnqueueOptions OPTIONS = EnqueueOptions.none()
		.withDelay(Duration.ofSeconds(1))
		.withTaskTimeout(Duration.ofSeconds(10));

	private final ArqueOperations arque;

	/** Tells the orders of several instances apart. */
	private final String instance = UUID.randomUUID().toString().substring(0, 4);

	private int number = 1;

	Producer(ArqueOperations arque) {
		this.arque = arque;
	}

	@Scheduled(fixedDelay = 1000)
	void enqueue() {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		Order order = new Order(Duration.ofMillis(random.nextInt(1000, 3000)), random.nextInt(8) == 0);
		String id = this.instance + "-" + this.number;
		try {
			this.arque.enqueue("orders", order, OPTIONS.withId(id));
			this.number++;
			Console.tell(AnsiColor.CYAN, "enqueued", id, "due in 1 s");
		}
		catch (DataAccessException ex) {
			// Nobody knows whether it is in: with an id of its own it can be sent again.
			Console.tell(AnsiColor.RED, "retrying", id, ex.getMessage());
		}
	}

}
