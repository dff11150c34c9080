package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.arque.samples.chaos.fault.FaultKind;
import io.lettuce.core.MigrateArgs;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;

/**
 * {@code ClusterRedis} is a Cluster of three masters with a replica each, all started
 * here.
 */
public final class ClusterRedis implements Servers {

	private static final int MASTERS = 3;

	private static final int MIGRATE_MILLIS = 5000;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	/** Redis gives up a fail-over by order after five seconds. */
	private static final Duration ORDERED = Duration.ofSeconds(6);

	private final List<RedisProcess> servers = new ArrayList<>();

	private final RedisProgram program;

	private final String fsync;

	private ClusterRedis(RedisProgram program, String fsync) {
		this.program = program;
		this.fsync = fsync;
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
	public static ClusterRedis start(RedisProgram program, Path directory, String fsync)
			throws IOException, InterruptedException {
		ClusterRedis cluster = new ClusterRedis(program, fsync);
		try {
			for (int i = 0; i < 2 * MASTERS; i++) {
				cluster.servers.add(RedisProcess.server(program, directory, "--appendonly", "yes", "--appendfsync",
						fsync, "--cluster-enabled", "yes", "--cluster-node-timeout", "6000",
						"--cluster-replica-validity-factor", "0", "--repl-ping-replica-period", "1"));
			}
			cluster.form();
			return cluster;
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			cluster.close();
			throw ex;
		}
	}

	private void form() throws IOException, InterruptedException {
		for (int i = 0; i < MASTERS; i++) {
			int epoch = i + 1;
			int[] slots = IntStream.range(SlotHash.SLOT_COUNT * i / MASTERS, SlotHash.SLOT_COUNT * (i + 1) / MASTERS)
				.toArray();
			this.servers.get(i)
				.ask((commands) -> commands.clusterSetConfigEpoch(epoch) + commands.clusterAddSlots(slots));
		}
		RedisProcess first = this.servers.get(0);
		this.servers.stream()
			.skip(1)
			.forEach((server) -> first.ask((commands) -> commands.clusterMeet(server.host(), server.port())));
		awaitAll("cluster_known_nodes:" + this.servers.size());
		for (int i = MASTERS; i < this.servers.size(); i++) {
			String master = id(this.servers.get(i % MASTERS));
			RedisProcess replica = this.servers.get(i);
			RedisProcess.await(PATIENCE, replica + " becomes no replica",
					() -> replica.ask((commands) -> commands.clusterReplicate(master)).equals("OK"));
		}
		awaitWhole();
	}

	private void awaitWhole() throws IOException, InterruptedException {
		awaitAll("cluster_state:ok");
		RedisProcess.await(PATIENCE, "The replicas do not follow",
				() -> this.servers.stream().filter((server) -> self(server).getSlaveOf() != null).count() == MASTERS
						&& this.servers.stream()
							.filter((server) -> self(server).getSlaveOf() != null)
							.allMatch(Node::isReplicaInStep));
	}

	private void awaitAll(String state) throws IOException, InterruptedException {
		RedisProcess.await(PATIENCE, "The Cluster does not come to " + state, () -> this.servers.stream()
			.allMatch((server) -> server.ask((commands) -> commands.clusterInfo()).contains(state)));
	}

	@Override
	public Map<String, String> properties() {
		String nodes = this.servers.stream().map(RedisProcess::toString).collect(Collectors.joining(","));
		return Map.of("spring.data.redis.cluster.nodes", nodes, "spring.data.redis.lettuce.cluster.refresh.adaptive",
				"true", "spring.data.redis.lettuce.cluster.refresh.period", "2s");
	}

	@Override
	public Set<FaultKind> faults() {
		Set<FaultKind> faults = EnumSet.of(FaultKind.FAILOVER, FaultKind.MIGRATE);
		faults.addAll(CommonFaults.KINDS);
		return faults;
	}

	@Override
	public List<Node> masters() {
		return this.servers.stream()
			.filter((server) -> self(server).getSlaveOf() == null)
			.map((server) -> (Node) server)
			.toList();
	}

	@Override
	public Outcome strike(FaultKind fault, String key, int number) throws IOException, InterruptedException {
		switch (fault) {
			case FAILOVER -> {
				return failOver(SlotHash.getSlot(key), number);
			}
			case MIGRATE -> migrate(SlotHash.getSlot(key), number);
			default -> CommonFaults.strike(fault, masters(), number);
		}
		return Outcome.KEPT;
	}

	/**
	 * By order nothing is lost: the master holds its clients up until the replica has
	 * all.
	 */
	private Outcome failOver(int slot, int number) throws IOException, InterruptedException {
		awaitWhole();
		RedisProcess master = first(ownerOf(slot));
		String id = id(master);
		RedisProcess replica = first((server) -> Objects.equals(self(server).getSlaveOf(), id));
		boolean byDeath = number % 2 == 0;
		if (byDeath) {
			master.kill();
			RedisProcess.await(PATIENCE, "The replica does not take over", () -> ownerOf(slot).test(replica));
			Thread.sleep(number % 3000);
			master.start();
		}
		else {
			RedisProcess.await(PATIENCE, "The replica does not take over", () -> takesOver(replica, slot));
		}
		awaitWhole();
		return byDeath ? Outcome.FORGOTTEN : Outcome.KEPT;
	}

	private static boolean takesOver(RedisProcess replica, int slot) throws InterruptedException {
		if (ownerOf(slot).test(replica)) {
			return true;
		}
		replica.ask((commands) -> commands.clusterFailover(false));
		try {
			RedisProcess.await(ORDERED, "The order has come to nothing", () -> ownerOf(slot).test(replica));
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/** Key by key, so that clients see the slot on its way. What fails is tried again. */
	private void migrate(int slot, int number) throws IOException, InterruptedException {
		awaitWhole();
		RedisProcess from = first(ownerOf(slot));
		List<RedisProcess> others = this.servers.stream()
			.filter((server) -> server != from && self(server).getSlaveOf() == null)
			.toList();
		RedisProcess to = others.get(number % others.size());
		String toId = id(to);
		String fromId = id(from);
		to.ask((commands) -> commands.clusterSetSlotImporting(slot, fromId));
		from.ask((commands) -> commands.clusterSetSlotMigrating(slot, toId));
		RedisProcess.await(PATIENCE, "Slot " + slot + " does not move", () -> from.ask((commands) -> {
			List<String> keys = commands.clusterGetKeysInSlot(slot, 1 + number % 10);
			keys.forEach((key) -> commands.migrate(to.host(), to.port(), 0, MIGRATE_MILLIS,
					MigrateArgs.Builder.key(key).replace()));
			return keys.isEmpty();
		}));
		for (RedisProcess server : List.of(to, from)) {
			RedisProcess.await(PATIENCE, server + " does not hear that slot " + slot + " has moved",
					() -> server.ask((commands) -> commands.clusterSetSlotNode(slot, toId)).equals("OK"));
		}
	}

	private static Predicate<RedisProcess> ownerOf(int slot) {
		return (server) -> {
			RedisClusterNode self = self(server);
			return self.getSlaveOf() == null && self.hasSlot(slot);
		};
	}

	private RedisProcess first(Predicate<RedisProcess> choice) {
		return this.servers.stream().filter(choice).findFirst().orElseThrow();
	}

	private static RedisClusterNode self(Node server) {
		String nodes = server.ask((commands) -> commands.clusterNodes());
		return ClusterPartitionParser.parse(nodes)
			.stream()
			.filter((node) -> node.is(RedisClusterNode.NodeFlag.MYSELF))
			.findFirst()
			.orElseThrow();
	}

	private static String id(Node server) {
		return server.ask((commands) -> commands.clusterMyId());
	}

	@Override
	public String description() {
		return CommonFaults.version(this.servers.get(0)) + ", " + this.program.origin()
				+ ", three masters with a replica each, fsync " + this.fsync;
	}

	@Override
	public void close() {
		this.servers.forEach(RedisProcess::close);
	}

}
