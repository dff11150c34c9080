package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.arque.samples.chaos.fault.FaultKind;

/**
 * {@code Servers} are where the queues are: one Redis, one under Sentinel, or a Cluster.
 * Used by the conductor's thread only.
 */
public interface Servers extends AutoCloseable {

	/**
	 * Tells an application where they are.
	 * @return properties of Spring Boot
	 */
	Map<String, String> properties();

	/**
	 * Tells the bench itself where they are, past any proxy.
	 * @return properties of Spring Boot
	 */
	default Map<String, String> directProperties() {
		return properties();
	}

	/** What can be done to them. */
	Set<FaultKind> faults();

	/** The servers that serve these queues now. */
	List<Node> masters() throws IOException;

	/**
	 * Breaks something and returns when the servers are whole again.
	 * @param fault one of {@link #faults()}
	 * @param key a key of the queue that it should meet
	 * @param number what the seed has drawn, for how and how long
	 * @return what came of it
	 * @throws IOException if it did not become whole
	 * @throws InterruptedException if interrupted
	 */
	Outcome strike(FaultKind fault, String key, int number) throws IOException, InterruptedException;

	/** What kind of servers they are, with their version. */
	String description();

	@Override
	void close();

	/**
	 * What came of a fault.
	 */
	enum Outcome {

		/** What was acknowledged is still there. */
		KEPT,
		/** Writes that were acknowledged may be gone. */
		FORGOTTEN,
		/** As {@link #FORGOTTEN}, and it was not the fault that it was to be. */
		MISSED

	}

}
