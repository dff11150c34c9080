package io.arque.samples.benchmark.peer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.arque.samples.benchmark.measure.Sample;

/**
 * {@code Peer} measures another queue, in a process of its own. While it does not, the
 * process is suspended: what polls all the time would slow down what is measured then.
 */
public final class Peer implements AutoCloseable {

	private final LineProcess process;

	/**
	 * Suspends the process until it has to measure something.
	 * @param process the process
	 * @throws IOException if it cannot be
	 */
	Peer(LineProcess process) throws IOException {
		this.process = process;
		process.suspend();
	}

	/**
	 * Enqueues tasks, each with a call of its own.
	 * @param callers how many call at once
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double enqueue(int callers, int tasks, int bytes) throws IOException {
		return ask("enqueue", callers, tasks, bytes)[0];
	}

	/**
	 * Enqueues tasks, as many as possible with a call.
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double enqueueAll(int tasks, int bytes) throws IOException {
		return ask("enqueue-all", tasks, bytes)[0];
	}

	/**
	 * Works on tasks that are there.
	 * @param concurrency how many at once
	 * @param tasks how many tasks
	 * @param bytes length of their payloads
	 * @return tasks per second
	 * @throws IOException if it failed
	 */
	public double drain(int concurrency, int tasks, int bytes) throws IOException {
		return ask("drain", concurrency, tasks, bytes)[0];
	}

	/**
	 * Enqueues now and then, for a worker that is idle.
	 * @param name what the figures' names begin with
	 * @param duration how long to enqueue
	 * @param bytes length of the payloads
	 * @return the percentiles
	 * @throws IOException if it failed
	 */
	public List<Sample> latency(String name, Duration duration, int bytes) throws IOException {
		double[] percentiles = ask("latency", duration.toMillis(), bytes);
		return List.of(new Sample(name + ".p50", percentiles[0], "ms"), new Sample(name + ".p99", percentiles[1], "ms"),
				new Sample(name + ".p99.9", percentiles[2], "ms"));
	}

	private double[] ask(String question, long... arguments) throws IOException {
		this.process.resume();
		double[] answer = this.process.ask(question, arguments);
		this.process.suspend();
		return answer;
	}

	@Override
	public void close() throws IOException, InterruptedException {
		try {
			this.process.resume(); // or it could not end in order
		}
		finally {
			this.process.close();
		}
	}

}
