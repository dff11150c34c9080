package io.arque;

/**
 * A payload has more bytes than {@code arque.max-payload-size} allows. Nothing was
 * enqueued.
 *
 * @since 0.1.0
 */
public class PayloadTooLargeException extends ArqueException {

	/**
	 * Creates the exception.
	 * @param queue the queue's name
	 * @param bytes the payload's size
	 * @param maxBytes what is allowed
	 */
	public PayloadTooLargeException(String queue, long bytes, long maxBytes) {
		super("The payload for queue " + queue + " has " + bytes + " bytes, arque.max-payload-size allows " + maxBytes);
	}

}
