package io.arque.autoconfigure;

import java.util.List;

import io.arque.listener.ArqueListenerEndpoint;
import io.arque.listener.TaskHandler;

/**
 * Endpoints made by hand.
 */
final class Endpoints {

	private Endpoints() {
	}

	static ArqueListenerEndpoint doingNothing(String... queues) {
		return of((task, acknowledgement) -> {
		}, queues);
	}

	static ArqueListenerEndpoint of(TaskHandler handler, String... queues) {
		return new ArqueListenerEndpoint("test-listener", List.of(queues), handler, null,
				ArqueListenerEndpoint.Overrides.NONE);
	}

}
