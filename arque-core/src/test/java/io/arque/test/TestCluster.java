package io.arque.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.lettuce.core.MigrateArgs;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.models.partitions.ClusterPartitionParser;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.FileSystemUtils;

import static org.awaitility.Awaitility.await;

/**
 * A Redis Cluster of embedded servers on free ports of 127.0.0.1. The JVM's exit stops it
 * if nobody did.
 */
public final class TestCluster implements AutoCloseable {

	private static final int MIGRATE_MILLIS = 5000;

	/** Redis gives up a fail-over by order after five seconds. */
	private static final Duration ORDERED = Duration.ofSeconds(6);

	private final Path directory;

	private final List<TestRedis> servers = new ArrayList<>();

	private TestCluster() {
		try {
			this.directory = Files.createTempDirectory("arque-cluster");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Runtime.getRuntime().addShutdownHook(new Thread(this::deleteFiles));
	}

	static TestCluster start(int masters, int replicas) {
		TestCluster cluster = new TestCluster();
		for (int i = 0; i < masters * (1 + replicas); i++) {
			cluster.servers.add(cluster.startNode(i));
		}
		cluster.form(masters);
		return cluster;
	}

	private TestRedis startNode(int index) {
		try {
			Path own = Files.createDirectory(this.directory.resolve("node-" + index));
			return TestRedis.startNode("dir " + own, "cluster-enabled yes", "cluster-node-timeout 6000",
					"cluster-replica-validity-factor 0", "repl-diskless-sync yes", "repl-diskless-sync-delay 0",
					"repl-ping-replica-period 1");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void form(int masters) {
		for (int i = 0; i < masters; i++) {
			int epoch = i + 1;
			int[] slots = IntStream.range(SlotHash.SLOT_COUNT * i / masters, SlotHash.SLOT_COUNT * (i + 1) / masters)
				.toArray();
			this.servers.get(i)
				.ask((commands) -> commands.clusterSetConfigEpoch(epoch) + commands.clusterAddSlots(slots));
		}
		this.servers.stream()
			.skip(1)
			.forEach((server) -> this.servers.get(0)
				.ask((commands) -> commands.clusterMeet(server.host(), server.port())));
		awaitAll((server) -> server.ask((commands) -> commands.clusterInfo())
			.contains("cluster_known_nodes:" + this.servers.size()));
		for (int i = masters; i < this.servers.size(); i++) {
			String master = id(this.servers.get(i % masters));
			TestRedis replica = this.servers.get(i);
			await().atMost(TestRedis.PATIENCE)
				.ignoreExceptions() // it may not have heard of its master
				.until(() -> replica.ask((commands) -> commands.clusterReplicate(master)).equals("OK"));
			await().atMost(TestRedis.PATIENCE).until(replica::isReplicaInStep);
		}
		awaitAll((server) -> server.ask((commands) -> commands.clusterInfo()).contains("cluster_state:ok"));
	}

	private void awaitAll(Predicate<TestRedis> state) {
		await().atMost(TestRedis.PATIENCE).until(() -> this.servers.stream().allMatch(state));
	}

	/**
	 * Returns where an application finds it.
	 */
	public String url() {
		return this.servers.stream()
			.map((server) -> server.host() + ":" + server.port())
			.collect(Collectors.joining(",", RedisServers.CLUSTER_SCHEME, ""));
	}

	/**
	 * Returns a started connection factory of the caller's own; the caller destroys it.
	 */
	public LettuceConnectionFactory newConnectionFactory() {
		return RedisServers.newConnectionFactory(url());
	}

	/**
	 * Returns all nodes.
	 */
	public List<TestRedis> servers() {
		return List.copyOf(this.servers);
	}

	/**
	 * Returns this key's slot.
	 */
	public static int slot(String key) {
		return SlotHash.getSlot(key);
	}

	/**
	 * Returns the server that thinks itself the master of this key's slot.
	 */
	public TestRedis masterOf(String key) {
		int slot = slot(key);
		return first((server) -> {
			RedisClusterNode self = self(server);
			return self.getSlaveOf() == null && self.hasSlot(slot);
		});
	}

	/**
	 * Returns a replica of the master of this key's slot.
	 */
	public TestRedis replicaOf(String key) {
		String master = id(masterOf(key));
		return first((server) -> Objects.equals(self(server).getSlaveOf(), master));
	}

	/**
	 * Returns when the replica of this key's slot has all that was written before this
	 * call.
	 */
	public void awaitReplication(String key) {
		replicaOf(key).awaitReplicationOf(masterOf(key));
	}

	/**
	 * Makes a replica the master of this key's slot, as an operator does: the master
	 * holds its clients up until the replica is in step.
	 */
	public void failOver(String key) {
		TestRedis replica = replicaOf(key);
		await().atMost(TestRedis.PATIENCE).ignoreExceptions().until(() -> {
			if (self(replica).getSlaveOf() != null) {
				replica.ask((commands) -> commands.clusterFailover(false));
			}
			await().atMost(ORDERED).until(() -> self(replica).getSlaveOf() == null && self(replica).hasSlot(slot(key)));
			return true;
		});
	}

	/**
	 * Begins to move this key's slot to another master. Until the move is finished, Redis
	 * redirects what it has no longer or not yet, and asks callers of several keys to try
	 * again.
	 */
	public Move beginMove(String key) {
		int slot = slot(key);
		TestRedis from = masterOf(key);
		TestRedis to = first((server) -> server != from && self(server).getSlaveOf() == null);
		to.ask((commands) -> commands.clusterSetSlotImporting(slot, id(from)));
		from.ask((commands) -> commands.clusterSetSlotMigrating(slot, id(to)));
		return new Move(slot, from, to);
	}

	private TestRedis first(Predicate<TestRedis> choice) {
		return this.servers.stream().filter(TestRedis::isRunning).filter(choice).findFirst().orElseThrow();
	}

	private static RedisClusterNode self(TestRedis server) {
		String nodes = server.ask((commands) -> commands.clusterNodes());
		return ClusterPartitionParser.parse(nodes)
			.stream()
			.filter((node) -> node.is(RedisClusterNode.NodeFlag.MYSELF))
			.findFirst()
			.orElseThrow();
	}

	private static String id(TestRedis server) {
		return server.ask((commands) -> commands.clusterMyId());
	}

	@Override
	public String toString() {
		return "nodes " + this.servers;
	}

	@Override
	public void close() {
		this.servers.forEach(TestRedis::close);
		deleteFiles();
	}

	private void deleteFiles() {
		FileSystemUtils.deleteRecursively(this.directory.toFile());
	}

	/**
	 * A slot on its way to another master.
	 *
	 * @param slot the slot
	 * @param from its old master
	 * @param to its new master
	 */
	public record Move(int slot, TestRedis from, TestRedis to) {

		/**
		 * Moves one key, if one is left.
		 * @return whether one was left
		 */
		public boolean moveKey() {
			return this.from.ask((commands) -> {
				List<String> keys = commands.clusterGetKeysInSlot(this.slot, 1);
				keys.forEach((key) -> commands.migrate(this.to.host(), this.to.port(), 0, MIGRATE_MILLIS,
						MigrateArgs.Builder.key(key).replace()));
				return !keys.isEmpty();
			});
		}

		/**
		 * Moves the keys that are left, and tells the two masters whose the slot is.
		 */
		public void finish() {
			boolean left;
			do {
				left = moveKey();
			}
			while (left);
			String id = id(this.to);
			this.to.ask((commands) -> commands.clusterSetSlotNode(this.slot, id));
			this.from.ask((commands) -> commands.clusterSetSlotNode(this.slot, id));
		}

	}

}
