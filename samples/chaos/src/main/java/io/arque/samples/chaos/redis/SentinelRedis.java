package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import io.arque.samples.chaos.fault.FaultKind;
import io.lettuce.core.RedisClient;
import io.lettuce.core.sentinel.api.StatefulRedisSentinelConnection;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;

/**
 * {@code SentinelRedis} is a master, two replicas and a Sentinel that watches them, all
 * started here.
 */
public final class SentinelRedis implements Servers {

	private static final String MASTER = "arque";

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final Duration TAKE_OVER = Duration.ofSeconds(30);

	private final RedisClient client = RedisClient.create();

	private final List<RedisProcess> servers = new ArrayList<>();

	private final RedisProcess sentinel;

	private final RedisProgram program;

	private final String fsync;

	private SentinelRedis(RedisProgram program, Path directory, String fsync) throws IOException, InterruptedException {
		this.program = program;
		this.fsync = fsync;
		try {
			RedisProcess master = RedisProcess.server(program, directory, "--appendonly", "yes", "--appendfsync",
					fsync);
			this.servers.add(master);
			for (int i = 0; i < 2; i++) {
				RedisProcess replica = RedisProcess.server(program, directory, "--appendonly", "yes", "--appendfsync",
						fsync, "--replicaof", Node.HOST, "" + master.port());
				this.servers.add(replica);
			}
			RedisProcess.await(PATIENCE, "The replicas do not follow", () -> isFollowed(master));
			this.sentinel = RedisProcess.sentinel(program, directory, """
					sentinel monitor %1$s %2$s %3$d 1
					sentinel down-after-milliseconds %1$s 2000
					sentinel failover-timeout %1$s 10000
					sentinel parallel-syncs %1$s 2
					""".formatted(MASTER, Node.HOST, master.port()));
			RedisProcess.await(PATIENCE, "Sentinel does not see the replicas",
					() -> askSentinel((commands) -> commands.replicas(MASTER)).size() == 2);
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			this.servers.forEach(RedisProcess::close);
			throw ex;
		}
	}

	/**
	 * Starts all.
	 * @param program what they are started from
	 * @param directory where they write
	 * @param fsync how often what they write comes to disk
	 * @return the servers
	 * @throws IOException if they do not start
	 * @throws InterruptedException if interrupted
	 */
	public static SentinelRedis start(RedisProgram program, Path directory, String fsync)
			throws IOException, InterruptedException {
		return new SentinelRedis(program, directory, fsync);
	}

	@Override
	public Map<String, String> properties() {
		return Map.of("spring.data.redis.sentinel.master", MASTER, "spring.data.redis.sentinel.nodes",
				this.sentinel.toString());
	}

	@Override
	public Set<FaultKind> faults() {
		Set<FaultKind> faults = EnumSet.of(FaultKind.FAILOVER);
		faults.addAll(CommonFaults.KINDS);
		return faults;
	}

	@Override
	public List<Node> masters() throws IOException {
		return List.of(master());
	}

	private RedisProcess master() throws IOException {
		int port = ((InetSocketAddress) askSentinel((commands) -> commands.getMasterAddrByName(MASTER))).getPort();
		return this.servers.stream()
			.filter((server) -> server.port() == port)
			.findFirst()
			.orElseThrow(() -> new IOException("Sentinel names a master that is not ours: " + port));
	}

	@Override
	public Outcome strike(FaultKind fault, String key, int number) throws IOException, InterruptedException {
		if (fault != FaultKind.FAILOVER) {
			CommonFaults.strike(fault, masters(), number);
			return Outcome.KEPT;
		}
		awaitWhole(); // a busy machine may have looked dead to Sentinel
		RedisProcess old = master();
		boolean byDeath = number % 2 == 0;
		if (byDeath) {
			old.kill();
		}
		else {
			askSentinel((commands) -> commands.failover(MASTER));
		}
		boolean taken = isTakenOver(old);
		if (byDeath) {
			Thread.sleep(number % 3000);
			old.start();
		}
		awaitWhole();
		return taken ? Outcome.FORGOTTEN : Outcome.MISSED;
	}

	/**
	 * Sentinel does not finish a fail-over of its own whose new master is killed
	 * meanwhile.
	 */
	private boolean isTakenOver(RedisProcess old) throws InterruptedException {
		try {
			RedisProcess.await(TAKE_OVER, "Sentinel makes nobody the master", () -> master() != old);
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	private void awaitWhole() throws IOException, InterruptedException {
		RedisProcess.await(PATIENCE, "Sentinel does not come to rest",
				() -> "master".equals(askSentinel((commands) -> commands.master(MASTER)).get("flags"))
						&& isFollowed(master()));
	}

	private boolean isFollowed(RedisProcess master) {
		return this.servers.stream()
			.filter((server) -> server != master)
			.allMatch((server) -> server.isReplicaInStep()
					&& server.ask((commands) -> commands.info("replication")).contains("master_port:" + master.port()));
	}

	private <T> T askSentinel(Function<RedisSentinelCommands<String, String>, T> question) {
		try (StatefulRedisSentinelConnection<String, String> connection = this.client
			.connectSentinel(this.sentinel.uri())) {
			return question.apply(connection.sync());
		}
	}

	@Override
	public String description() {
		return CommonFaults.version(this.servers.get(0)) + ", " + this.program.origin()
				+ ", a master with two replicas and a Sentinel, fsync " + this.fsync;
	}

	@Override
	public void close() {
		this.sentinel.close();
		this.servers.forEach(RedisProcess::close);
		this.client.shutdown();
	}

}
