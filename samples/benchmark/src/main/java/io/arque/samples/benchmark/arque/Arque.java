package io.arque.samples.benchmark.arque;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.samples.benchmark.measure.Latency;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.Servers;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code Arque} measures Arque as a user meets it: {@link ArqueOperations} to enqueue, a
 * method with {@code @ArqueListener} to work.
 */
public final class Arque implements AutoCloseable {

	private static final Duration SETTLING = Duration.ofMillis(300);

	private final Servers servers;

	private final String prefix;

	private final ConfigurableApplicationContext application;

	private final ArqueOperations operations;

	private final Listeners listeners;

	/**
	 * Starts the application.
	 * @param servers where its queues are
	 * @param prefix what all keys begin with
	 * @param properties its settings
	 */
	public Arque(Servers servers, String prefix, Map<String, Object> properties) {
		this.servers = servers;
		this.prefix = prefix;
		this.application = ArqueApplication.run(servers.properties(), prefix, List.of(Listeners.class), properties);
		this.operations = this.application.getBean(ArqueOperations.class);
		this.listeners = this.application.getBean(Listeners.class);
	}

	/**
	 * Enqueues tasks, each with a call of its own.
	 * @param callers how many threads call
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if it failed
	 */
	public double enqueue(int callers, int tasks, int bytes) throws Exception {
		Order order = Order.of(0, bytes);
		double result = Work.byCallers(callers, tasks, (caller) -> this.operations.enqueue("enqueue", order));
		this.servers.deleteQueue(this.prefix, "enqueue");
		return result;
	}

	/**
	 * Enqueues tasks with one call.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if it failed
	 */
	public double enqueueAll(int tasks, int bytes) throws Exception {
		List<Order> orders = Order.list(tasks, bytes);
		double result = Work.perSecond(tasks, () -> this.operations.enqueueAll("enqueue", orders));
		this.servers.deleteQueue(this.prefix, "enqueue");
		return result;
	}

	/**
	 * Lets a listener work on tasks that are there, from its start until all are
	 * released.
	 * @param listener the listener's id, which is also its queue
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws Exception if it failed
	 */
	public double drain(String listener, int tasks, int bytes) throws Exception {
		ArqueQueue queue = this.operations.queue(listener);
		this.operations.enqueueAll(listener, Order.list(tasks, bytes));
		this.listeners.takeHandled();
		double result = whileRunning(listener, (container) -> Work.perSecond(tasks, () -> {
			container.start();
			Work.await(() -> this.listeners.handled() >= tasks && queue.stats().tasks() == 0);
			return null;
		}));
		long handled = this.listeners.takeHandled();
		if (handled != tasks) {
			throw new IllegalStateException(handled + " tasks were handled, not " + tasks);
		}
		return result;
	}

	/**
	 * Enqueues now and then, for a listener that is idle.
	 * @param name what the figures' names begin with
	 * @param duration how long to enqueue
	 * @param bytes length of the payloads
	 * @return the percentiles
	 * @throws Exception if it failed
	 */
	public List<Sample> latency(String name, Duration duration, int bytes) throws Exception {
		Latency latency = new Latency(duration);
		this.listeners.latency(latency);
		return whileRunning("latency", (container) -> {
			container.start();
			Thread.sleep(SETTLING.toMillis());
			latency.run((task) -> this.operations.enqueue("latency", Order.of(task, bytes)));
			return latency.percentiles(name);
		});
	}

	private <T> T whileRunning(String listener, Measured<T> measured) throws Exception {
		ArqueListenerContainer container = Objects.requireNonNull(
				this.application.getBean(ArqueListenerEndpointRegistry.class).getContainer(listener), listener);
		try {
			return measured.by(container);
		}
		finally {
			container.stop();
			this.servers.deleteQueue(this.prefix, listener);
		}
	}

	@Override
	public void close() {
		this.application.close();
	}

	/**
	 * What is measured by means of a listener's container.
	 *
	 * @param <T> the result
	 */
	private interface Measured<T> {

		T by(ArqueListenerContainer container) throws Exception;

	}

}
