package io.arque.samples.chaos.process;

import java.io.IOException;

/**
 * {@code Parent} is the bench that started this process, which ends with it.
 */
final class Parent {

	private Parent() {
	}

	/** Ends this process at once when the other end of its input is closed. */
	static void dieWith() {
		Thread watch = new Thread(() -> {
			try {
				while (System.in.read() >= 0) {
					// nothing is ever said
				}
			}
			catch (IOException ex) {
				// the same
			}
			Runtime.getRuntime().halt(3);
		}, "parent");
		watch.setDaemon(true);
		watch.start();
	}

}
