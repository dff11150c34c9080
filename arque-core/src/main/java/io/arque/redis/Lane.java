package io.arque.redis;

/**
 * {@code Lane} numbers the calls of one caller at a time. Redis remembers the last number
 * of each lane and its answer for a quarter of an hour, so that a call that arrives twice
 * changes nothing and gets the first answer, and one that arrives late, after a later
 * call of its lane, is refused. Not safe for use by several threads at once.
 */
final class Lane {

	private final String name;

	private long sequence;

	Lane(String name) {
		this.name = name;
	}

	String name() {
		return this.name;
	}

	/**
	 * Returns the number that the next call will have.
	 * @return the number
	 */
	long upcoming() {
		return this.sequence + 1;
	}

	long next() {
		return ++this.sequence;
	}

}
