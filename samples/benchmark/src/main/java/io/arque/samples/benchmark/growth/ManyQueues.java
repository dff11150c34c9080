package io.arque.samples.benchmark.growth;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.peer.LineProcess;
import io.arque.samples.benchmark.server.Monitor;
import io.arque.samples.benchmark.server.RedisServer;

/**
 * {@code ManyQueues} is what an application with many queues costs while none has work.
 */
final class ManyQueues {

	private static final Duration SETTLING = Duration.ofSeconds(2);

	private final RedisServer server;

	private final String prefix;

	ManyQueues(RedisServer server, String prefix) {
		this.server = server;
		this.prefix = prefix;
	}

	/**
	 * Starts an application and watches it doing nothing.
	 * @param queues how many queues
	 * @param idle how long
	 */
	List<Sample> measure(String name, int queues, Duration idle) throws Exception {
		Set<String> others = this.server.clients();
		String ownPrefix = this.prefix + "-" + queues;
		try (LineProcess process = LineProcess.start(Path.of("."), command(ownPrefix, queues))) {
			Work.await(() -> this.server.count(ownPrefix + ":*:config") >= queues);
			Thread.sleep(SETTLING.toMillis());
			Set<String> own = this.server.clients();
			own.removeAll(others);
			double calls = Monitor.calls(this.server, own, idle) * 1e3 / idle.toMillis();
			double[] state = process.ask("state");
			return List.of(new Sample(name + ".idle-calls", calls, "calls/s"),
					new Sample(name + ".connections", own.size(), "connections"),
					new Sample(name + ".start-up", state[0], "s"), new Sample(name + ".threads", state[1], "threads"),
					new Sample(name + ".heap", state[2], "MB"));
		}
		finally {
			this.server.deleteAll(ownPrefix + ":*");
		}
	}

	private List<String> command(String ownPrefix, int queues) {
		return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), QueuesProcess.class.getName(), this.server.url(), ownPrefix,
				Integer.toString(queues));
	}

}
