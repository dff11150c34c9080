package io.arque.autoconfigure;

import java.time.Duration;
import java.util.Map;

import io.arque.ArqueSettings;
import io.arque.Checks;
import io.arque.listener.AckMode;
import io.arque.listener.ContainerSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Configuration properties for Arque. A property that is not known fails the start, so
 * that a typo is told by name.
 *
 * @param enabled Whether to enable Arque.
 * @param keyPrefix Prefix of the keys and channels in Redis. Applications that share a
 * Redis and should not share queues set their own.
 * @param maxPayloadSize Maximum size of a task's payload.
 * @param sweepInterval How often to sweep queues that this application only feeds. Zero
 * for never.
 * @param durability How sure an enqueue must be
 * @param metrics Metrics of the queues
 * @param listener Listeners
 * @param defaults What every queue starts from
 * @param queues Settings of single queues, by the queue's name. Each overrides the keys
 * of 'arque.defaults', 'concurrency' and 'partitions'. A name with dots needs brackets,
 * in YAML also quotes: "[orders.eu]".
 * @since 0.1.0
 */
@ConfigurationProperties(prefix = "arque", ignoreUnknownFields = false)
public record ArqueProperties(@DefaultValue("true") boolean enabled, @DefaultValue("arque") String keyPrefix,
		@DefaultValue("1MB") DataSize maxPayloadSize, @DefaultValue("10s") Duration sweepInterval,
		@DefaultValue Durability durability, @DefaultValue Metrics metrics, @DefaultValue Listener listener,
		@DefaultValue Defaults defaults, @DefaultValue Map<String, Queue> queues) {

	/**
	 * Turns the properties into what holds for all queues of this application.
	 * @return the settings
	 * @throws org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException
	 * if a value breaks a rule; it names the property
	 */
	public ArqueSettings toSettings() {
		return InvalidProperty.named("arque.",
				() -> new ArqueSettings(this.keyPrefix, this.maxPayloadSize.toBytes(), QueueSettingsByName.of(this)));
	}

	/**
	 * Turns the properties into how containers work.
	 * @param virtualThreads whether handlers run on virtual threads
	 * @return the settings
	 * @throws org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException
	 * if a value breaks a rule; it names the property
	 */
	public ContainerSettings toContainerSettings(boolean virtualThreads) {
		return InvalidProperty.named("arque.listener.", () -> new ContainerSettings(this.listener.concurrency,
				this.listener.ackMode, this.listener.autoStartup, this.listener.shutdownTimeout, virtualThreads));
	}

	/**
	 * Returns the concurrency that a queue sets.
	 * @param queue the queue's name
	 * @return the concurrency, none if it sets none
	 */
	public @Nullable Integer concurrency(String queue) {
		Queue own = this.queues.get(queue);
		return (own != null) ? own.concurrency : null;
	}

	/**
	 * Refuses values that break a rule.
	 */
	void check() {
		toSettings();
		toContainerSettings(false);
		InvalidProperty.checkNotNegative("arque.listener.shutdown-timeout", this.listener.shutdownTimeout);
		InvalidProperty.checkNotNegative("arque.sweep-interval", this.sweepInterval);
		if (this.durability.minReplicas < 0) {
			throw new InvalidConfigurationPropertyValueException("arque.durability.min-replicas",
					this.durability.minReplicas, "arque.durability.min-replicas must not be negative.");
		}
		InvalidProperty.named("arque.durability.", () -> {
			Checks.checkBetween(this.durability.timeout, Duration.ofMillis(1), Duration.ofMinutes(1), "timeout");
			return this.durability;
		});
		InvalidProperty.checkNotNegative("arque.metrics.refresh-interval", this.metrics.refreshInterval);
	}

	/**
	 * How sure an enqueue must be.
	 *
	 * @param minReplicas How many replicas must have a task before its enqueue is
	 * acknowledged. Zero for none; as many as a master has, so that any of them may take
	 * over.
	 * @param timeout How long an enqueue waits for replicas. Then it fails, and whether
	 * the task is in Redis is uncertain.
	 */
	public record Durability(@DefaultValue("0") int minReplicas, @DefaultValue("1s") Duration timeout) {
	}

	/**
	 * Metrics.
	 *
	 * @param refreshInterval How old the counts behind a queue's gauges may become before
	 * Redis is asked again.
	 */
	public record Metrics(@DefaultValue("30s") Duration refreshInterval) {
	}

	/**
	 * Listeners.
	 *
	 * @param concurrency How many tasks a listener works on at once, on this instance.
	 * @param autoStartup Whether listeners start with the application.
	 * @param ackMode Who settles a task: the container, when the handler ends, or the
	 * handler itself.
	 * @param shutdownTimeout How long running handlers may go on when the application
	 * stops.
	 */
	public record Listener(@DefaultValue("10") int concurrency, @DefaultValue("true") boolean autoStartup,
			@DefaultValue("auto") AckMode ackMode, @DefaultValue("20s") Duration shutdownTimeout) {
	}

	/**
	 * What every queue starts from.
	 *
	 * @param workingLimit How many tasks of a queue may be working at once, over all
	 * instances.
	 * @param leaseDuration How long a lease holds when it is not renewed. A crash is
	 * noticed within it.
	 * @param taskTimeout Longest time that one attempt may run.
	 * @param retry What happens after a failed attempt
	 * @param deadLetter The bounds of the dead letters
	 */
	public record Defaults(@DefaultValue("1000") int workingLimit, @DefaultValue("30s") Duration leaseDuration,
			@DefaultValue("120s") Duration taskTimeout, @DefaultValue Retry retry,
			@DefaultValue DeadLetter deadLetter) {
	}

	/**
	 * What happens after a failed attempt.
	 *
	 * @param maxAttempts Deliveries of a task in all, before it moves to failed.
	 * @param maxCrashes Expired leases of a task in all, before it moves to failed.
	 * @param delay Delay before the first retry.
	 * @param multiplier What the delay is multiplied with for each further retry.
	 * @param maxDelay Longest delay before a retry.
	 * @param jitter Most that is added to a delay at random.
	 */
	public record Retry(@DefaultValue("3") int maxAttempts, @DefaultValue("5") int maxCrashes,
			@DefaultValue("5s") Duration delay, @DefaultValue("2") double multiplier,
			@DefaultValue("1h") Duration maxDelay, @DefaultValue("500ms") Duration jitter) {
	}

	/**
	 * The bounds of the dead letters. What a bound drops, the oldest first, is counted
	 * and logged.
	 *
	 * @param maxSize How many dead letters are kept.
	 * @param maxBytes How many bytes of dead letters are kept.
	 * @param retention How long dead letters are kept.
	 */
	public record DeadLetter(@DefaultValue("10000") long maxSize, @DefaultValue("256MB") DataSize maxBytes,
			@DefaultValue("90d") Duration retention) {
	}

	/**
	 * Settings of one queue. What is not set comes from {@link Defaults}, the concurrency
	 * from {@link Listener}; a queue has one partition unless it says so itself.
	 *
	 * @param concurrency How many tasks a listener of this queue works on at once, on
	 * this instance.
	 * @param partitions How many slots of a Redis Cluster the queue is spread over, 1 to
	 * 256 and not more than the working limit.
	 * @param workingLimit How many tasks may be working at once, over all instances.
	 * @param leaseDuration How long a lease holds when it is not renewed.
	 * @param taskTimeout Longest time that one attempt may run.
	 * @param retry What happens after a failed attempt
	 * @param deadLetter The bounds of the dead letters
	 */
	public record Queue(@Nullable Integer concurrency, @DefaultValue("1") int partitions,
			@Nullable Integer workingLimit, @Nullable Duration leaseDuration, @Nullable Duration taskTimeout,
			@DefaultValue QueueRetry retry, @DefaultValue QueueDeadLetter deadLetter) {
	}

	/**
	 * What a queue sets of {@link Retry}.
	 *
	 * @param maxAttempts Deliveries of a task in all, before it moves to failed.
	 * @param maxCrashes Expired leases of a task in all, before it moves to failed.
	 * @param delay Delay before the first retry.
	 * @param multiplier What the delay is multiplied with for each further retry.
	 * @param maxDelay Longest delay before a retry.
	 * @param jitter Most that is added to a delay at random.
	 */
	public record QueueRetry(@Nullable Integer maxAttempts, @Nullable Integer maxCrashes, @Nullable Duration delay,
			@Nullable Double multiplier, @Nullable Duration maxDelay, @Nullable Duration jitter) {
	}

	/**
	 * What a queue sets of {@link DeadLetter}.
	 *
	 * @param maxSize How many dead letters are kept.
	 * @param maxBytes How many bytes of dead letters are kept.
	 * @param retention How long dead letters are kept.
	 */
	public record QueueDeadLetter(@Nullable Long maxSize, @Nullable DataSize maxBytes, @Nullable Duration retention) {
	}

}
