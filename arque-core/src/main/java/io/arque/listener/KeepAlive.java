package io.arque.listener;

import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;

/**
 * {@code KeepAlive} keeps the process alive while a container runs, by one thread that is
 * no daemon: a worker without a web server has no other, and with virtual threads none at
 * all. Safe for use by many threads.
 */
final class KeepAlive {

	private int containers;

	private @Nullable CountDownLatch end;

	synchronized void started() {
		if (this.containers == 0) {
			CountDownLatch latch = new CountDownLatch(1);
			this.end = latch;
			Thread thread = new Thread(() -> await(latch), "arque-keep-alive");
			thread.setDaemon(false);
			thread.start();
		}
		this.containers++;
	}

	synchronized void stopped() {
		if (--this.containers == 0 && this.end != null) {
			this.end.countDown();
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
