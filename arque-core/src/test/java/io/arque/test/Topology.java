package io.arque.test;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * {@code Topology} is what the tests of a JVM share, by the name that the system property
 * {@code arque.test.redis} has: {@code embedded} (one embedded server, the default),
 * {@code cluster} (three embedded masters), {@code cluster-with-replicas} (with one
 * each), {@code sentinel} (an embedded master, its replica and a Sentinel), or the name
 * of a Docker image, such as {@code redis:7.0}.
 *
 * @param url where it is, as {@code arque.test.redis.url} takes it
 * @param servers its servers, for the log
 * @param absence why it cannot be had, none if it can
 */
record Topology(String url, String servers, String absence) {

	static final String PROPERTY = "arque.test.redis";

	static final String URL_PROPERTY = "arque.test.redis.url";

	static final String URL_VARIABLE = "ARQUE_TEST_REDIS_URL";

	/** Whether servers that are there know the user of {@link LeastPrivilege}. */
	static final String ACL_PROPERTY = "arque.test.acl";

	private static final Logger logger = LoggerFactory.getLogger(Topology.class);

	/**
	 * Returns what is shared, and starts it at the first call.
	 * @throws IllegalStateException if it cannot be had
	 */
	static Topology shared() {
		if (Shared.TOPOLOGY.absence != null) {
			throw new IllegalStateException(Shared.TOPOLOGY.absence);
		}
		return Shared.TOPOLOGY;
	}

	/**
	 * Returns why there is nothing to run on here, or null.
	 */
	static String absenceOfShared() {
		return Shared.TOPOLOGY.absence;
	}

	/**
	 * Whether what is shared knows the user of {@link LeastPrivilege}.
	 */
	static boolean knowsUser() {
		return givenUrl().isEmpty() || Boolean.getBoolean(ACL_PROPERTY);
	}

	private static Topology at(String url, Object servers) {
		return new Topology(url, servers.toString(), null);
	}

	private static Topology absent(String reason) {
		return new Topology(null, null, reason);
	}

	private static Topology start(String name, String givenUrl) {
		if (!givenUrl.isBlank()) {
			return name.equals("embedded") ? at(givenUrl, "named by " + URL_PROPERTY)
					: absent(URL_PROPERTY + " names the server to run on");
		}
		return switch (name) {
			case "embedded" -> {
				TestRedis redis = TestRedis.startOnFreePort();
				yield at(redis.url(), redis);
			}
			case "cluster" -> cluster(0);
			case "cluster-with-replicas" -> cluster(1);
			case "sentinel" -> {
				TestSentinel sentinel = TestSentinel.start();
				yield at(sentinel.url(), sentinel);
			}
			default -> startImage(name);
		};
	}

	private static Topology cluster(int replicas) {
		TestCluster cluster = TestCluster.start(3, replicas);
		return at(cluster.url(), cluster);
	}

	private static Topology startImage(String name) {
		if (!name.contains(":")) {
			throw new IllegalArgumentException(PROPERTY + " is '" + name + "'; see Topology for what it can be");
		}
		try {
			String url = TestContainer.start(name);
			LettuceConnectionFactory administrator = RedisServers.newConnectionFactory(url);
			LeastPrivilege.grant(administrator);
			administrator.destroy();
			return at(url, "container at " + url);
		}
		catch (TestContainer.AbsentException ex) {
			return absent(ex.getMessage());
		}
	}

	private static String givenUrl() {
		return setting(URL_PROPERTY, System.getenv(URL_VARIABLE));
	}

	private static String setting(String property, String fallback) {
		String given = System.getProperty(property, fallback);
		return (given != null) ? given.strip() : "";
	}

	/**
	 * Found or started when this class is first used; the JVM's exit ends it.
	 */
	private static final class Shared {

		static final Topology TOPOLOGY;

		static {
			String name = setting(PROPERTY, "embedded");
			String url = givenUrl();
			TOPOLOGY = start(name, url);
			if (TOPOLOGY.absence != null) {
				logger.warn("Tests on {} are skipped: {}", name, TOPOLOGY.absence);
			}
			else {
				LettuceConnectionFactory factory = RedisServers.newConnectionFactory(TOPOLOGY.url);
				try {
					logger.info("Tests run on {}: {}; {}", url.isEmpty() ? name : "given servers", TOPOLOGY.servers,
							RedisServers.version(factory));
				}
				finally {
					factory.destroy();
				}
			}
		}

	}

}
