package io.arque.redis;

import java.time.Duration;

import io.arque.QueueSettings;
import io.arque.QueueSettings.DeadLetter;
import io.arque.QueueSettings.Retry;
import io.arque.test.TestPartitions;
import org.jspecify.annotations.Nullable;

/**
 * Builds the settings of a queue, starting from values that all differ from the defaults.
 */
final class TestSettings {

	private int workingLimit = 40;

	private Duration leaseDuration = Duration.ofSeconds(25);

	private Duration taskTimeout = Duration.ofSeconds(45);

	private int maxAttempts = 4;

	private int maxCrashes = 6;

	/** None for as many as the suite is run with. */
	private @Nullable Integer partitions;

	private DeadLetter deadLetter = new DeadLetter(700, 3_000_000, Duration.ofDays(7));

	private TestSettings() {
	}

	static TestSettings settings() {
		return new TestSettings();
	}

	TestSettings workingLimit(int tasks) {
		this.workingLimit = tasks;
		return this;
	}

	TestSettings leaseDuration(Duration duration) {
		this.leaseDuration = duration;
		return this;
	}

	TestSettings maxAttempts(int attempts) {
		this.maxAttempts = attempts;
		return this;
	}

	TestSettings maxCrashes(int crashes) {
		this.maxCrashes = crashes;
		return this;
	}

	TestSettings deadLetter(long maxSize, long maxBytes, Duration retention) {
		this.deadLetter = new DeadLetter(maxSize, maxBytes, retention);
		return this;
	}

	TestSettings partitions(int count) {
		this.partitions = count;
		return this;
	}

	QueueSettings build() {
		Retry retry = new Retry(this.maxAttempts, this.maxCrashes, Duration.ofMillis(120), 3, Duration.ofMinutes(7),
				Duration.ofMillis(20));
		QueueSettings settings = new QueueSettings(this.workingLimit, this.leaseDuration, this.taskTimeout, retry,
				this.deadLetter);
		return (this.partitions != null) ? settings.withPartitions(this.partitions) : TestPartitions.spread(settings);
	}

}
