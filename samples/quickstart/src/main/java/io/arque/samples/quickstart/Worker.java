package io.arque.samples.quickstart;

import java.time.Duration;

import io.arque.LeasedTask;
import io.arque.annotation.ArqueListener;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ansi.AnsiColor;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

/**
 * {@code Worker} works on orders: when the method returns the task is done, when it
 * throws the task is tried again.
 */
@Component
@Profile("!" + CountedRun.PROFILE)
class Worker {

	private final int maxAttempts;

	private final Duration retryDelay;

	Worker(@Value("${arque.queues.orders.retry.max-attempts}") int maxAttempts,
			@Value("${arque.queues.orders.retry.delay}") Duration retryDelay) {
		this.maxAttempts = maxAttempts;
		this.retryDelay = retryDelay;
	}

	@ArqueListener(queues = "orders")
	void work(Order order, LeasedTask task) throws InterruptedException {
		String attempt = "attempt " + task.attempt();
		Console.tell(AnsiColor.BLUE, "started", task.id(), attempt);
		try {
			order.fulfil();
			Console.tell(AnsiColor.GREEN, "done", task.id(), attempt + ", " + order.work().toMillis() + " ms");
		}
		catch (InterruptedException ex) {
			Console.tell(AnsiColor.YELLOW, "stopped", task.id(), attempt + ", handed back");
			throw ex;
		}
		catch (IllegalStateException ex) {
			int failures = task.attempt() - task.delivery().crashes();
			if (failures < this.maxAttempts) {
				Console.tell(AnsiColor.YELLOW, "requeued", task.id(),
						attempt + ", " + ex.getMessage() + ", again in " + this.retryDelay.toSeconds() + " s");
			}
			throw ex; // after the last attempt, Arque logs that the task moved to failed
		}
	}

}
