package io.arque.autoconfigure;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;

import io.arque.QueueSettings;
import io.arque.listener.ContainerSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * {@code QueueSettingsByName} gives a queue what {@code arque.queues.<name>} sets, and
 * what {@code arque.defaults} has for the rest. All are made and checked at the start.
 */
final class QueueSettingsByName implements Function<String, QueueSettings> {

	private static final Logger logger = LoggerFactory.getLogger(QueueSettingsByName.class);

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

	private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_-]+");

	private final QueueSettings defaults;

	private final Map<String, QueueSettings> own;

	private QueueSettingsByName(QueueSettings defaults, Map<String, QueueSettings> own) {
		this.defaults = defaults;
		this.own = own;
	}

	/**
	 * Makes and checks the settings of all queues.
	 * @param properties the properties
	 * @return the settings, by the queue's name
	 */
	static QueueSettingsByName of(ArqueProperties properties) {
		QueueSettings defaults = InvalidProperty.named("arque.defaults.", () -> defaults(properties.defaults()));
		Map<String, QueueSettings> own = new HashMap<>();
		properties.queues().forEach((name, queue) -> {
			String property = property(name);
			if (!NAME.matcher(name).matches()) {
				throw new InvalidConfigurationPropertyValueException(property, name,
						property + ": a queue's name must match " + NAME + ", it is '" + name + "'.");
			}
			own.put(name, InvalidProperty.named(property + ".", () -> merge(queue, defaults)));
		});
		return new QueueSettingsByName(defaults, own);
	}

	@Override
	public QueueSettings apply(String name) {
		QueueSettings settings = this.own.get(name);
		if (settings != null) {
			return settings;
		}
		this.own.keySet()
			.stream()
			.filter((other) -> asVariable(name).equals(asVariable(other)))
			.forEach((other) -> logger.warn("Queue {} has the default settings: {}.* is for queue {}", name,
					property(other), other));
		return this.defaults;
	}

	/**
	 * What is left of a name in an environment variable.
	 */
	private static String asVariable(String name) {
		return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
	}

	private static String property(String name) {
		return PLAIN_NAME.matcher(name).matches() ? "arque.queues." + name : "arque.queues[" + name + "]";
	}

	private static QueueSettings defaults(ArqueProperties.Defaults defaults) {
		ArqueProperties.Retry retry = defaults.retry();
		ArqueProperties.DeadLetter deadLetter = defaults.deadLetter();
		return new QueueSettings(defaults.workingLimit(), defaults.leaseDuration(), defaults.taskTimeout(),
				new QueueSettings.Retry(retry.maxAttempts(), retry.maxCrashes(), retry.delay(), retry.multiplier(),
						retry.maxDelay(), retry.jitter()),
				new QueueSettings.DeadLetter(deadLetter.maxSize(), deadLetter.maxBytes().toBytes(),
						deadLetter.retention()));
	}

	private static QueueSettings merge(ArqueProperties.Queue queue, QueueSettings defaults) {
		if (queue.concurrency() != null) {
			ContainerSettings.DEFAULTS.withConcurrency(queue.concurrency()); // checks
		}
		return new QueueSettings(either(queue.workingLimit(), defaults.workingLimit()),
				either(queue.leaseDuration(), defaults.leaseDuration()),
				either(queue.taskTimeout(), defaults.taskTimeout()), merge(queue.retry(), defaults.retry()),
				merge(queue.deadLetter(), defaults.deadLetter()), queue.partitions());
	}

	private static QueueSettings.Retry merge(ArqueProperties.QueueRetry queue, QueueSettings.Retry defaults) {
		return new QueueSettings.Retry(either(queue.maxAttempts(), defaults.maxAttempts()),
				either(queue.maxCrashes(), defaults.maxCrashes()), either(queue.delay(), defaults.delay()),
				either(queue.multiplier(), defaults.multiplier()), either(queue.maxDelay(), defaults.maxDelay()),
				either(queue.jitter(), defaults.jitter()));
	}

	private static QueueSettings.DeadLetter merge(ArqueProperties.QueueDeadLetter queue,
			QueueSettings.DeadLetter defaults) {
		long maxBytes = (queue.maxBytes() != null) ? queue.maxBytes().toBytes() : defaults.maxBytes();
		return new QueueSettings.DeadLetter(either(queue.maxSize(), defaults.maxSize()), maxBytes,
				either(queue.retention(), defaults.retention()));
	}

	private static <T> T either(@Nullable T own, T fallback) {
		return (own != null) ? own : fallback;
	}

}
