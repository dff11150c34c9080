package io.arque.samples.chaos.record;

/**
 * What a line of a record tells, by its first letter. The time follows, in microseconds,
 * then the fields. A task's name is its payload, known to its producer before it
 * enqueues; its id and the token of a lease are Arque's.
 */
public enum Kind {

	/** A producer is about to enqueue: name. */
	INTENDED('I'),
	/** An enqueue was acknowledged: name. */
	ACKNOWLEDGED('A'),
	/** An enqueue failed, the task may be in Redis or not: name. */
	UNCERTAIN('U'),
	/** An enqueue was refused, since Redis is full; the task is not in Redis: name. */
	NO_ROOM('N'),
	/** A worker is ready to work: what time it thinks it is, in milliseconds. */
	READY('B'),
	/**
	 * A worker starts: name, id, token, time of the lease by Redis's clock in
	 * milliseconds, attempt, queue.
	 */
	STARTED('S'),
	/** A worker has done the work and is about to release: id, token. */
	DONE('D'),
	/** A worker's handler throws, the task is to be requeued: id, token. */
	THROWN('E'),
	/** A worker is asked to stop and may hand back all that it has not done. */
	STOPPING('P'),
	/** Redis has said that it carried out a settlement: verb, id, token. */
	SETTLED('R'),
	/** Redis has said that the lease was lost: verb, id, token. */
	REFUSED('L'),
	/**
	 * The conductor has broken something: fault, target, {@code 1} if Redis may have
	 * forgotten what it had acknowledged, else {@code 0}, and how long the fault lasted
	 * in milliseconds. Written at its end.
	 */
	FAULT('F'),
	/** Something was measured: {@link Vital}, how much. */
	MEASURED('M');

	private final char letter;

	Kind(char letter) {
		this.letter = letter;
	}

	char letter() {
		return this.letter;
	}

	static Kind of(char letter) {
		for (Kind kind : values()) {
			if (kind.letter == letter) {
				return kind;
			}
		}
		throw new IllegalArgumentException("No line of a record begins with '" + letter + "'");
	}

}
