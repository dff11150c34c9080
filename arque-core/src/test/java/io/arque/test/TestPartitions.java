package io.arque.test;

import io.arque.QueueSettings;

/**
 * How many partitions the queues of the suite have: those that the system property
 * {@code arque.test.partitions} tells, but no more than a queue's working limit.
 */
public final class TestPartitions {

	private static final int COUNT = Integer.getInteger("arque.test.partitions", 1);

	private TestPartitions() {
	}

	/**
	 * Returns the settings of a queue with as many partitions as the suite is run with.
	 */
	public static QueueSettings spread(QueueSettings settings) {
		return settings.withPartitions(Math.min(COUNT, settings.workingLimit()));
	}

}
