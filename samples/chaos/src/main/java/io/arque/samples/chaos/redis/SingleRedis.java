package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.arque.samples.chaos.fault.FaultKind;
import io.lettuce.core.RedisURI;
import org.jspecify.annotations.Nullable;

/**
 * {@code SingleRedis} is one server behind a proxy: one that was started here, writes all
 * to disk and can be killed, or one that was given and can not.
 */
public final class SingleRedis implements Servers {

	private final Node node;

	private final @Nullable RedisProcess process;

	private final Proxy proxy;

	private final String origin;

	private final String fsync;

	private SingleRedis(Node node, @Nullable RedisProcess process, String origin, String fsync) throws IOException {
		this.node = node;
		this.process = process;
		this.proxy = new Proxy(node);
		this.origin = origin;
		this.fsync = fsync;
	}

	/**
	 * Starts a server.
	 * @param program what it is started from
	 * @param directory where it writes
	 * @param fsync how often what it writes comes to disk, as {@code appendfsync} says
	 * @return the server
	 * @throws IOException if it does not start
	 * @throws InterruptedException if interrupted
	 */
	public static SingleRedis start(RedisProgram program, Path directory, String fsync)
			throws IOException, InterruptedException {
		RedisProcess process = RedisProcess.server(program, directory, "--appendonly", "yes", "--appendfsync", fsync);
		return new SingleRedis(process, process, program.origin(), fsync);
	}

	/**
	 * Uses a server that is there.
	 * @param url where it is
	 * @return the server
	 * @throws IOException if no proxy can be put before it
	 */
	public static SingleRedis given(String url) throws IOException {
		return new SingleRedis(new Node(RedisURI.create(url)), null, "given", "");
	}

	@Override
	public Map<String, String> properties() {
		return properties(Node.HOST, this.proxy.port());
	}

	@Override
	public Map<String, String> directProperties() {
		return properties(this.node.host(), this.node.port());
	}

	private Map<String, String> properties(String host, int port) {
		RedisURI uri = RedisURI.builder(this.node.uri()).withHost(host).withPort(port).build();
		return Map.of("spring.data.redis.url", uri.toURI().toString().replaceAll("\\?.*", ""));
	}

	@Override
	public Set<FaultKind> faults() {
		Set<FaultKind> faults = EnumSet.of(FaultKind.CUT, FaultKind.STALL);
		faults.addAll(CommonFaults.KINDS);
		if (this.process != null) {
			faults.add(FaultKind.REDIS_RESTART);
		}
		return faults;
	}

	@Override
	public List<Node> masters() {
		return List.of(this.node);
	}

	@Override
	public Outcome strike(FaultKind fault, String key, int number) throws IOException, InterruptedException {
		switch (fault) {
			case CUT -> this.proxy.cut();
			case STALL -> this.proxy.stall(Duration.ofMillis(200 + number % 3800));
			case REDIS_RESTART -> {
				RedisProcess killed = this.process;
				if (killed == null) {
					throw new IllegalArgumentException("A server that was given is not killed");
				}
				killed.kill();
				Thread.sleep(number % 1500);
				killed.start();
				return this.fsync.equals("always") ? Outcome.KEPT : Outcome.FORGOTTEN;
			}
			default -> CommonFaults.strike(fault, masters(), number);
		}
		return Outcome.KEPT;
	}

	@Override
	public String description() {
		return CommonFaults.version(this.node) + ", " + this.origin
				+ ((this.process != null) ? ", append-only file, fsync " + this.fsync : "");
	}

	@Override
	public void close() {
		this.proxy.close();
		if (this.process != null) {
			this.process.close();
		}
	}

}
