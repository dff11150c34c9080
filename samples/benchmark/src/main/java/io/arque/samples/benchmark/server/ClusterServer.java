package io.arque.samples.benchmark.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.arque.samples.benchmark.measure.Resources;
import io.arque.samples.benchmark.measure.Work;
import io.lettuce.core.cluster.SlotHash;

/**
 * {@code ClusterServer} is a Cluster of three embedded masters without replicas, each
 * with a third of the slots.
 */
public final class ClusterServer implements Servers {

	private static final int MASTERS = 3;

	private static final String[] SETTINGS = { "--cluster-enabled", "yes" };

	private final Resources running = new Resources();

	private final List<RedisServer> masters = new ArrayList<>();

	private ClusterServer() {
	}

	/**
	 * Whether it can start.
	 * @param server what all else is measured on
	 * @return why it cannot, or nothing
	 * @throws InterruptedException if interrupted
	 */
	public static String missing(RedisServer server) throws InterruptedException {
		if (!server.isEmbedded()) {
			return "the masters of a Cluster are started only where no other Redis is given";
		}
		try (EmbeddedServer node = new EmbeddedServer(SETTINGS)) {
			return "";
		}
		catch (IOException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

	/**
	 * Starts all masters, and returns when they are a Cluster.
	 * @return the Cluster
	 * @throws Exception if they do not become one
	 */
	public static ClusterServer start() throws Exception {
		ClusterServer cluster = new ClusterServer();
		try {
			for (int i = 0; i < MASTERS; i++) {
				cluster.masters.add(cluster.running.add(RedisServer.embedded(SETTINGS)));
			}
			cluster.form();
			return cluster;
		}
		catch (Exception ex) {
			cluster.close();
			throw ex;
		}
	}

	private void form() throws InterruptedException {
		RedisServer first = this.masters.get(0);
		for (int i = 0; i < MASTERS; i++) {
			RedisServer master = this.masters.get(i);
			master.commands().clusterSetConfigEpoch(i + 1);
			master.commands()
				.clusterAddSlots(
						IntStream.range(SlotHash.SLOT_COUNT * i / MASTERS, SlotHash.SLOT_COUNT * (i + 1) / MASTERS)
							.toArray());
			if (master != first) {
				first.commands().clusterMeet(master.host(), master.port());
			}
		}
		Work.await(
				() -> this.masters.stream().map((master) -> master.commands().clusterInfo()).allMatch(this::isWhole));
	}

	private boolean isWhole(String info) {
		return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + MASTERS);
	}

	/**
	 * Returns how many script calls each master has run.
	 * @return the calls, always in the same order of masters
	 */
	public List<Long> scriptCalls() {
		return this.masters.stream().map((master) -> master.info("commandstats").calls("eval")).toList();
	}

	@Override
	public Map<String, Object> properties() {
		return Map.of("spring.data.redis.cluster.nodes",
				this.masters.stream()
					.map((master) -> master.host() + ":" + master.port())
					.collect(Collectors.joining(",")));
	}

	/**
	 * The ledger and the partitions' shares stay: applications that run have told them
	 * what they do, and would take a while to find that they have to tell it again.
	 */
	@Override
	public void deleteQueue(String prefix, String queue) {
		for (RedisServer master : this.masters) {
			Stream.of(prefix + ":{" + queue + "}:*", prefix + ":{" + queue + "#*}:*")
				.flatMap((pattern) -> master.scan(pattern).stream())
				.filter((key) -> !key.endsWith(":config") && !key.endsWith(":ledger"))
				.forEach((key) -> master.commands().del(key)); // of several slots
		}
	}

	@Override
	public void close() throws Exception {
		this.running.close();
	}

}
