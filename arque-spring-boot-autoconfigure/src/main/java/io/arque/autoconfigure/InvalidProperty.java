package io.arque.autoconfigure;

import java.time.Duration;
import java.util.function.Supplier;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * {@code InvalidProperty} tells the full name of the property behind a refused setting.
 * What refuses it knows only the end of the name, which its message begins with:
 * {@code working-limit must be at least 1, it is 0}. Boot's own exception is thrown,
 * whose analysis tells file and line too.
 */
final class InvalidProperty {

	private static final String VALUE = ", it is ";

	private static final Duration LONGEST = Duration.ofDays(36500);

	private InvalidProperty() {
	}

	/**
	 * Makes settings from properties.
	 * @param <T> the settings
	 * @param prefix what the properties' names begin with, with a dot at its end
	 * @param settings makes the settings
	 * @return the settings
	 */
	static <T> T named(String prefix, Supplier<T> settings) {
		try {
			return settings.get();
		}
		catch (IllegalArgumentException ex) {
			String message = String.valueOf(ex.getMessage());
			int value = message.lastIndexOf(VALUE);
			throw new InvalidConfigurationPropertyValueException(prefix + message.split(" ", 2)[0],
					(value >= 0) ? message.substring(value + VALUE.length()) : null, prefix + message + ".");
		}
	}

	static void checkNotNegative(String name, Duration value) {
		if (value.isNegative() || value.compareTo(LONGEST) > 0) {
			throw new InvalidConfigurationPropertyValueException(name, value,
					name + " must be 0 to 36500d" + VALUE + value + ".");
		}
	}

}
