package io.arque;

/**
 * A living task of the queue has this id.
 *
 * @since 0.1.0
 */
public class DuplicateTaskException extends ArqueException {

	private final String id;

	/**
	 * Creates the exception.
	 * @param queue the queue's name
	 * @param id the id
	 * @param why what was asked and why it cannot be
	 */
	public DuplicateTaskException(String queue, String id, String why) {
		super("Task " + id + " is in queue " + queue + " already: " + why);
		this.id = id;
	}

	/**
	 * Returns the id.
	 * @return the id
	 */
	public String id() {
		return this.id;
	}

}
