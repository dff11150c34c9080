package io.arque.listener;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How a container is doing.
 *
 * @param id the endpoint's id
 * @param queues the queues it listens to
 * @param running whether it was started
 * @param sinceLastFetch time since each of its queues was last reached; none when it is
 * not running
 * @param failure why it cannot work now, none if it can
 * @param overdue handlers that still run though their task's time-out is over, or its
 * lease lost; each keeps a permit
 * @since 0.1.0
 */
public record ContainerHealth(String id, List<String> queues, boolean running, @Nullable Duration sinceLastFetch,
		@Nullable RuntimeException failure, int overdue) {
}
