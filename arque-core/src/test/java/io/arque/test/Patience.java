package io.arque.test;

import java.time.Duration;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * {@code Patience} lets tests wait for longer than Awaitility does by itself, so that
 * they hold on a busy machine; but not until a lease of 25 or 30 seconds expires, which
 * could bring about what should have come otherwise. JUnit finds it by itself.
 */
public final class Patience implements BeforeAllCallback {

	private static final Duration DEFAULT = Duration.ofSeconds(20);

	@Override
	public void beforeAll(ExtensionContext context) {
		Awaitility.setDefaultTimeout(DEFAULT);
	}

}
