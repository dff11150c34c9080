package io.arque.listener;

import java.io.IOException;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

class OutagesTests {

	private final Logger logger = mock();

	private final Outages outages = new Outages(this.logger, "{} is away", "{} is back");

	@Test
	void failureOfOneQueueHidesNoOtherFailureOfAnother() {
		this.outages.failed("broken", new IllegalStateException("refused", new IOException("of a foreign type")));
		this.outages.failed("emails", new IllegalStateException("refused", new IOException("a replica")));
		this.outages.succeeded("emails");
		then(this.logger).should().warn(contains("away"), eq("broken"), (Object) contains("of a foreign type"));
		then(this.logger).should().warn(contains("away"), eq("emails"), (Object) contains("a replica"));
		then(this.logger).should().info("{} is back", "emails");
	}

	@Test
	void whatManyQueuesFailWithIsToldOnceAndItsEndOnce() {
		for (int i = 0; i < 3; i++) {
			this.outages.failed("emails", new IllegalStateException("refused"));
			this.outages.failed("orders", new IllegalStateException("refused"));
		}
		then(this.logger).should().warn(contains("away"), eq("emails"), any(Object.class));
		then(this.logger).should(never()).warn(contains("away"), eq("orders"), any(Object.class));
		this.outages.succeeded("emails");
		then(this.logger).should(never()).info(anyString(), any(Object.class));
		this.outages.succeeded("orders");
		this.outages.succeeded("orders");
		then(this.logger).should().info("{} is back", "orders");
	}

}
