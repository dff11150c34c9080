package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * {@code Damage} makes of a value what it should never be: cut, with bits flipped,
 * lengthened, or something else altogether.
 */
final class Damage {

	private static final List<String> NONSENSE = List.of("", "-1", "0", "3.7", "1e300", "99999999999", "nan", "inf",
			"-inf", "0x10", "abc", "\0", "9".repeat(40), "1 ", "{}", "null");

	private final SplittableRandom random;

	Damage(SplittableRandom random) {
		this.random = random;
	}

	/**
	 * Damages a value, so that it is another one.
	 */
	byte[] of(byte[] value) {
		return otherThan(value, () -> drawn(value));
	}

	/**
	 * Damages a value that is text, or gives a text that no such value is.
	 */
	byte[] ofText(String value) {
		return otherThan(bytes(value), () -> (this.random.nextInt(3) > 0) ? bytes(any(NONSENSE)) : of(bytes(value)));
	}

	<T> T any(List<T> list) {
		return list.get(this.random.nextInt(list.size()));
	}

	private byte[] drawn(byte[] value) {
		return switch (this.random.nextInt(6)) {
			case 0 -> Arrays.copyOf(value, this.random.nextInt(value.length + 1));
			case 1, 2, 3 -> flipped(value, 1 + this.random.nextInt(3));
			case 4 -> Arrays.copyOf(value, value.length + 1 + this.random.nextInt(20));
			default -> {
				byte[] random = new byte[this.random.nextInt(40)];
				this.random.nextBytes(random);
				yield random;
			}
		};
	}

	private byte[] flipped(byte[] value, int bits) {
		byte[] flipped = value.clone();
		for (int i = 0; i < bits && flipped.length > 0; i++) {
			flipped[this.random.nextInt(flipped.length)] ^= (byte) (1 << this.random.nextInt(8));
		}
		return flipped;
	}

	/** A bit that is flipped twice, or a cut behind the end, damages nothing. */
	private static byte[] otherThan(byte[] value, Supplier<byte[]> draw) {
		byte[] other = draw.get();
		while (Arrays.equals(other, value)) {
			other = draw.get();
		}
		return other;
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
