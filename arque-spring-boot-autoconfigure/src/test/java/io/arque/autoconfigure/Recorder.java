package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What listeners tell a test, in their order.
 */
final class Recorder {

	static final Duration LONG = Duration.ofSeconds(30);

	private final BlockingQueue<Object> told = new LinkedBlockingQueue<>();

	void tell(Object... what) {
		this.told.add(List.of(what));
	}

	/**
	 * Waits until the listeners have told this next.
	 */
	void assertThatNextIs(Object... what) throws InterruptedException {
		assertThat(this.told.poll(LONG.toSeconds(), TimeUnit.SECONDS)).isEqualTo(List.of(what));
	}

}
