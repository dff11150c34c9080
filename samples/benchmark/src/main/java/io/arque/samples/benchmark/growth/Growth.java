package io.arque.samples.benchmark.growth;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import io.arque.ArqueOperations;
import io.arque.samples.benchmark.arque.Arque;
import io.arque.samples.benchmark.arque.ArqueApplication;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.server.RedisServer;
import io.arque.samples.benchmark.server.ServerInfo;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code Growth} measures what becomes of Arque when there is more of everything: tasks,
 * queues, tasks that fall due at once.
 */
public final class Growth implements AutoCloseable {

	private final RedisServer server;

	private final String prefix;

	private final ConfigurableApplicationContext application;

	private final ArqueOperations operations;

	private @Nullable Backlog small;

	private @Nullable Backlog large;

	/**
	 * Starts an application without listeners.
	 * @param server the server
	 * @param prefix what all keys begin with
	 */
	public Growth(RedisServer server, String prefix) {
		this.server = server;
		this.prefix = prefix + "-growth";
		this.application = ArqueApplication.run(server.properties(), this.prefix, List.of(),
				Map.of("arque.sweep-interval", "0", "arque.defaults.working-limit", 1000));
		this.operations = this.application.getBean(ArqueOperations.class);
	}

	/**
	 * Enqueues and works on tasks while few others are there.
	 * @param tasks how many tasks
	 * @param pending how many others are pending
	 * @return how long each takes, in µs
	 * @throws Exception if it failed
	 */
	public double costWithFew(int tasks, int pending) throws Exception {
		Backlog backlog = this.small;
		if (backlog == null) {
			backlog = Backlog.fill(this.server, this.prefix, this.operations, pending, 0);
			this.small = backlog;
		}
		return backlog.cost(tasks);
	}

	/**
	 * Enqueues and works on tasks while many others are there.
	 * @param tasks how many tasks
	 * @param others how many are pending, and how many more are delayed
	 * @return how long each takes, in µs
	 * @throws Exception if it failed
	 */
	public double costWithMany(int tasks, int others) throws Exception {
		Backlog backlog = this.large;
		if (backlog == null) {
			backlog = Backlog.fill(this.server, this.prefix, this.operations, others, others);
			this.large = backlog;
		}
		return backlog.cost(tasks);
	}

	/**
	 * Fills a queue and looks at Redis's memory.
	 * @param name what the figures' names begin with
	 * @param tasks how many tasks
	 * @return bytes of a pending, a delayed and a working task
	 * @throws Exception if it failed
	 */
	public List<Sample> memory(String name, int tasks) throws Exception {
		return new TaskMemory(this.server, this.prefix).measure(name, tasks);
	}

	/**
	 * Counts what Redis does while a listener is busy.
	 * @param name what the figures' names begin with
	 * @param arque has the listener
	 * @param tasks how many tasks it works on
	 * @return commands, those that scripts call included, and script calls, for each task
	 * from enqueue to release
	 * @throws Exception if it failed
	 */
	public List<Sample> commands(String name, Callable<Arque> arque, int tasks) throws Exception {
		Arque busy = arque.call();
		ServerInfo before = this.server.info("commandstats");
		busy.drain("drain-100", tasks, Order.SMALL_BYTES);
		ServerInfo after = this.server.info("commandstats");
		double commands = after.calls("") - before.calls("");
		double scripts = after.calls("eval") - before.calls("eval");
		return List.of(new Sample(name + ".commands", commands / tasks, "per task"),
				new Sample(name + ".script-calls", scripts / tasks, "per task"));
	}

	/**
	 * Lets many tasks fall due at once.
	 * @param tasks how many tasks
	 * @return the longest run of a script, in ms
	 * @throws Exception if it failed
	 */
	public double longestScript(int tasks) throws Exception {
		return new LongestScript(this.server, this.prefix, this.operations).measure(tasks);
	}

	/**
	 * Runs an application with many queues that have no work.
	 * @param name what the figures' names begin with
	 * @param queues how many queues
	 * @param idle how long
	 * @return what it costs
	 * @throws Exception if it failed
	 */
	public List<Sample> manyQueues(String name, int queues, Duration idle) throws Exception {
		return new ManyQueues(this.server, this.prefix).measure(name, queues, idle);
	}

	@Override
	public void close() {
		this.application.close();
	}

}
