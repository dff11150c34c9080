package io.arque.listener;

import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.then;
import static org.mockito.BDDMockito.willThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;

class GuardTests {

	private final Logger logger = mock();

	private final Guard guard = new Guard(this.logger, "a duty");

	@Test
	void failureIsToldOnceAndThatItIsOverOnce() {
		for (int i = 0; i < 3; i++) {
			this.guard.failed(new IllegalStateException());
		}
		this.guard.passed();
		this.guard.passed();
		then(this.logger).should().error(anyString(), any(), any());
		then(this.logger).should().info(anyString(), any(Object.class));
	}

	@Test
	void failureThatCannotBeToldIsToldTheNextTime() {
		willThrow(new OutOfMemoryError("no room for a line")).willDoNothing()
			.given(this.logger)
			.error(anyString(), any(), any());
		assertThatNoException().isThrownBy(() -> this.guard.failed(new OutOfMemoryError()));
		this.guard.failed(new OutOfMemoryError());
		this.guard.failed(new OutOfMemoryError());
		then(this.logger).should(times(2)).error(anyString(), any(), any());
	}

}
