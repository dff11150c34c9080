package io.arque.redis;

import java.security.SecureRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code Instance} is this process's identity: it makes task references and lanes that no
 * process ever makes again. Both start with a nonce of 48 random bits; what follows is
 * counted here, not in Redis, where a fail-over can forget counts and give them out
 * twice.
 */
final class Instance {

	private static final char[] DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		.toCharArray();

	private static final int BITS_PER_DIGIT = 6;

	private final String nonce = digits(new SecureRandom().nextLong(), 8);

	private final AtomicLong references = new AtomicLong();

	private final AtomicLong lanes = new AtomicLong();

	private final ConcurrentLinkedDeque<Lane> idleLanes = new ConcurrentLinkedDeque<>();

	/**
	 * Returns the nonce, which also names the wake-up channel.
	 * @return 8 characters
	 */
	String nonce() {
		return this.nonce;
	}

	String nextReference() {
		return this.nonce + digits(this.references.incrementAndGet(), 8);
	}

	Lane newLane() {
		return new Lane(this.nonce + digits(this.lanes.incrementAndGet(), 8));
	}

	/**
	 * Returns a lane that nobody else uses until it is given back. A lane whose call got
	 * no answer is not given back.
	 * @return the lane
	 */
	Lane borrowLane() {
		Lane lane = this.idleLanes.pollFirst();
		return (lane != null) ? lane : newLane();
	}

	void giveBack(Lane lane) {
		this.idleLanes.addFirst(lane);
	}

	private static String digits(long number, int count) {
		char[] text = new char[count];
		long rest = number;
		for (int i = count - 1; i >= 0; i--) {
			text[i] = DIGITS[(int) (rest & 63)];
			rest >>>= BITS_PER_DIGIT;
		}
		return new String(text);
	}

}
