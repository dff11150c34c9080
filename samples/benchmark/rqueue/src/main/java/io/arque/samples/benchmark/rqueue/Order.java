package io.arque.samples.benchmark.rqueue;

/**
 * {@code Order} is the payload of all tasks, the same as that of the benchmark.
 *
 * @param number its number
 * @param note fills it up
 */
record Order(long number, String note) {

	private static final long FIRST = 1_000_000_000;

	private static final int BYTES_OF_THE_REST = 31;

	static Order of(int index, int bytes) {
		return new Order(FIRST + index, "x".repeat(bytes - BYTES_OF_THE_REST));
	}

	int index() {
		return (int) (this.number - FIRST);
	}

}
