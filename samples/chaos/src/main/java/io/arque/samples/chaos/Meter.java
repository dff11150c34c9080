package io.arque.samples.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import io.arque.samples.chaos.record.History;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;
import io.arque.samples.chaos.record.Vital;
import io.arque.samples.chaos.redis.Node;
import io.arque.samples.chaos.redis.Servers;

/**
 * {@code Meter} says when it is time to measure, and measures Redis. Used by the
 * conductor's thread only.
 */
final class Meter implements AutoCloseable {

	private final Servers servers;

	private final Duration interval;

	private final RecordWriter record;

	private long due = System.nanoTime();

	Meter(Servers servers, Duration interval, Path directory) {
		this.servers = servers;
		this.interval = interval;
		this.record = new RecordWriter(History.file(directory, "redis"));
	}

	/** Whether it is time; if so, it will not be for as long as the interval. */
	boolean isDue() {
		long now = System.nanoTime();
		if (now - this.due < 0) {
			return false;
		}
		this.due = now + this.interval.toNanos();
		return true;
	}

	/** Measures all masters together, which have to be whole. */
	void measure() throws IOException {
		long connections = 0;
		long bytes = 0;
		for (Node master : this.servers.masters()) {
			connections += master.number("clients", "connected_clients");
			bytes += master.number("memory", "used_memory");
		}
		this.record.write(Kind.MEASURED, Vital.CONNECTIONS, connections);
		this.record.write(Kind.MEASURED, Vital.REDIS_MEMORY_KB, bytes / 1024);
	}

	@Override
	public void close() throws IOException {
		this.record.close();
	}

}
