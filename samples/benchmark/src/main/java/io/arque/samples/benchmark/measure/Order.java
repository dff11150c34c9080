package io.arque.samples.benchmark.measure;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/**
 * {@code Order} is the payload of all tasks, as JSON of a known length:
 * {@code {"number":1000000000,"note":"…"}}.
 *
 * @param number its number, ten digits
 * @param note fills it up
 */
public record Order(long number, String note) {

	/** The usual payload. */
	public static final int SMALL_BYTES = 125;

	/** The large payload. */
	public static final int LARGE_BYTES = 10_000;

	private static final long FIRST = 1_000_000_000;

	private static final int BYTES_OF_THE_REST = 31;

	/**
	 * Makes an order.
	 * @param index from 0
	 * @param bytes length of its JSON
	 * @return the order
	 */
	public static Order of(int index, int bytes) {
		return new Order(FIRST + index, "x".repeat(bytes - BYTES_OF_THE_REST));
	}

	/**
	 * Makes some orders.
	 * @param count how many
	 * @param bytes length of the JSON of each
	 * @return the orders
	 */
	public static List<Order> list(int count, int bytes) {
		String note = of(0, bytes).note;
		return IntStream.range(0, count).mapToObj((index) -> new Order(FIRST + index, note)).toList();
	}

	/**
	 * Returns what the order was made with.
	 * @return its index
	 */
	public int index() {
		return (int) (this.number - FIRST);
	}

	/**
	 * Writes the order as a JSON mapper would.
	 * @return the JSON
	 */
	public byte[] toBytes() {
		return toJson().getBytes(StandardCharsets.UTF_8);
	}

	String toJson() {
		return "{\"number\":" + this.number + ",\"note\":\"" + this.note + "\"}";
	}

}
