package io.arque.samples.chaos.process;

import java.io.IOException;

/**
 * {@code Parent} is the bench that started this process, which ends with it. A byte from
 * it asks for a measurement.
 */
class Parent {

	/** The exit code of a process that had to end itself. */
	static final int HALTED = 4;

	private final Vitals vitals;

	Parent(Vitals vitals) {
		this.vitals = vitals;
		Thread listener = new Thread(this::listen, "parent");
		listener.setDaemon(true);
		listener.start();
	}

	/**
	 * Ends this process at once, which its parent counts: what has happened would not be
	 * seen otherwise.
	 */
	static void halt(Throwable reason) {
		reason.printStackTrace();
		Runtime.getRuntime().halt(HALTED);
	}

	/** Ends this process at once when the other end of its input is closed. */
	private void listen() {
		try {
			while (System.in.read() >= 0) {
				this.vitals.measure();
			}
		}
		catch (IOException ex) {
			// the parent is gone, too
		}
		finally {
			Runtime.getRuntime().halt(3);
		}
	}

}
