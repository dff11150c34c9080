package io.arque.redis;

/**
 * One step of a history.
 *
 * @param operation what is done
 * @param seed for all that is chosen at random in it
 */
record HistoryStep(Operation operation, long seed) {

	/**
	 * What a step does, and how often it is drawn.
	 */
	enum Operation {

		ENQUEUE(16), ENQUEUE_ALL(3), ENQUEUE_SHARED(4), DEQUEUE(20), DEQUEUE_BY_HAND(6), RELEASE(6), REQUEUE(6),
		HAND_BACK(4), REJECT(4), EXTEND(4), EXTEND_ALL(2), SWEEP(3), PAUSE(1), RESUME(2), LIMIT(2), RESET_LIMIT(1),
		TASK(3), STATS(1), FAILED(2), REDRIVE(3), REDRIVE_ALL(1), DELETE(2), PURGE(1), PEEK(2), MAKE_DUE(1), CLEAR(1),
		SEND_AGAIN(5), LOSE(4), PASS(12), PASS_TO_NEXT(5), PASS_LONG(1);

		final int weight;

		Operation(int weight) {
			this.weight = weight;
		}

	}

	@Override
	public String toString() {
		return "new HistoryStep(" + this.operation + ", " + this.seed + "L)";
	}

}
