package io.arque.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;

import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.ContainerHealth;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.core.NestedExceptionUtils;

/**
 * {@link HealthIndicator} for listeners: down while a running one cannot work. It tells
 * what the consumers have seen and never calls Redis itself.
 * <p>
 * The details of each listener: {@code queues}, whether it is {@code running},
 * {@code secondsSinceLastFetch}, the {@code failure} if there is one, and
 * {@code overdueHandlers}, which run on though their task's time-out is over or its lease
 * lost, when there are any. These alone do not make it down, but each keeps a permit.
 *
 * @since 0.1.0
 */
public class ArqueHealthIndicator extends AbstractHealthIndicator {

	private final ArqueListenerEndpointRegistry registry;

	/**
	 * Creates the indicator.
	 * @param registry holds the listeners' containers
	 */
	public ArqueHealthIndicator(ArqueListenerEndpointRegistry registry) {
		this.registry = registry;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		builder.up();
		for (ArqueListenerContainer container : this.registry.getContainers()) {
			ContainerHealth health = container.health();
			if (health.running() && health.failure() != null) {
				builder.down();
			}
			builder.withDetail(health.id(), details(health));
		}
	}

	private static Map<String, Object> details(ContainerHealth health) {
		Map<String, Object> details = new LinkedHashMap<>();
		details.put("queues", health.queues());
		details.put("running", health.running());
		if (health.sinceLastFetch() != null) {
			details.put("secondsSinceLastFetch", health.sinceLastFetch().toSeconds());
		}
		if (health.failure() != null) {
			details.put("failure", reason(health.failure()));
		}
		if (health.overdue() > 0) {
			details.put("overdueHandlers", health.overdue());
		}
		return details;
	}

	/** With what Redis has said, as in the log. */
	private static String reason(RuntimeException failure) {
		Throwable cause = NestedExceptionUtils.getMostSpecificCause(failure);
		return (cause != failure) ? failure + ": " + cause : failure.toString();
	}

}
