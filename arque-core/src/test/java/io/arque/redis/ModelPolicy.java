package io.arque.redis;

/**
 * What a consumer tells of its policy.
 *
 * @param maxAttempts attempts, for tasks that set none
 * @param maxCrashes expired leases
 * @param maxSize dead letters kept
 * @param maxBytes their bytes
 * @param retentionMillis how long they are kept
 */
record ModelPolicy(int maxAttempts, int maxCrashes, long maxSize, long maxBytes, long retentionMillis) {

	/**
	 * Returns the error record of a task that must not be delivered again, else null.
	 */
	String reasonToFail(ModelTask task) {
		if (!task.leasedOnce) {
			return null;
		}
		if (task.crashes >= this.maxCrashes) {
			return "1io.arque.WorkerCrashed\0The lease expired " + task.crashes
					+ " times: each time the worker died, or could not reach Redis to renew it\0\0";
		}
		int max = (task.maxAttempts() > 0) ? task.maxAttempts() : this.maxAttempts;
		int failures = task.attempts - task.crashes;
		return (failures >= max)
				? "1io.arque.AttemptsSpent\0" + failures + " attempts were made, " + max + " are allowed\0\0" : null;
	}

}
