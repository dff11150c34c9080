package io.arque.test;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Says what {@link FaultyProxy} does with bytes that pass through. Asked by several
 * threads at once.
 */
@FunctionalInterface
public interface FaultPlan {

	/** Everything passes. */
	FaultPlan NONE = (direction, bytes) -> Fault.none();

	/**
	 * Says what becomes of some bytes.
	 * @param direction where they go
	 * @param bytes how many there are, at least 1
	 */
	Fault next(Direction direction, int bytes);

	/**
	 * Cuts the connection once, when so many more bytes have passed; for the bytes of a
	 * reply 0 means that the reply is lost.
	 */
	static FaultPlan cutAfter(Direction cut, int passing) {
		AtomicLong left = new AtomicLong(passing);
		return (direction, bytes) -> {
			if (direction != cut || left.get() < 0) {
				return Fault.none();
			}
			long before = left.getAndAdd(-bytes);
			if (before < 0 || bytes <= before) {
				return Fault.none();
			}
			left.set(Long.MIN_VALUE / 2);
			return Fault.cutAfter((int) before);
		};
	}

	/**
	 * Holds the next reply up, and all behind it on its connection.
	 * @param end for how long
	 */
	static FaultPlan holdNextReply(CountDownLatch end) {
		AtomicLong left = new AtomicLong(1);
		return (direction, bytes) -> {
			if (direction == Direction.REPLY && left.getAndDecrement() == 1) {
				try {
					end.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
			return Fault.none();
		};
	}

	/**
	 * Cuts and delays at random.
	 * @param seed where the random numbers start
	 * @param cuts how many of a hundred chunks end their connection
	 * @param delays how many of a hundred chunks of replies are held up
	 * @param delay for how long
	 */
	static FaultPlan random(long seed, int cuts, int delays, Duration delay) {
		Random random = new Random(seed);
		return (direction, bytes) -> {
			synchronized (random) {
				int number = random.nextInt(100);
				if (number < cuts) {
					return Fault.cutAfter(random.nextInt(bytes + 1));
				}
				return (direction == Direction.REPLY && number < cuts + delays) ? Fault.delay(delay) : Fault.none();
			}
		};
	}

	/**
	 * Where bytes go.
	 */
	enum Direction {

		/** To Redis. */
		REQUEST,
		/** From Redis. */
		REPLY

	}

	/**
	 * What becomes of some bytes.
	 *
	 * @param passing how many pass before the connection is cut, all if it is not
	 * @param delay for how long they are held up
	 */
	record Fault(int passing, Duration delay) {

		private static final Fault NONE = new Fault(Integer.MAX_VALUE, Duration.ZERO);

		static Fault none() {
			return NONE;
		}

		static Fault cutAfter(int passing) {
			return new Fault(passing, Duration.ZERO);
		}

		static Fault delay(Duration delay) {
			return new Fault(Integer.MAX_VALUE, delay);
		}

		boolean isCut() {
			return this.passing < Integer.MAX_VALUE;
		}

	}

}
