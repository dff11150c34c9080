package io.arque.samples.benchmark.server;

import java.util.Map;

/**
 * {@code Servers} are where an application under measurement has its queues: one Redis,
 * or the masters of a Cluster.
 */
public interface Servers extends AutoCloseable {

	/**
	 * Returns where they are.
	 * @return properties for Spring Boot
	 */
	Map<String, Object> properties();

	/**
	 * Deletes an Arque queue, and returns when its memory is free again.
	 * @param prefix what its keys begin with
	 * @param queue its name
	 */
	void deleteQueue(String prefix, String queue);

}
