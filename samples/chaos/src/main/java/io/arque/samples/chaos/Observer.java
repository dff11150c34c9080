package io.arque.samples.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.arque.ArqueOperations;
import io.arque.redis.QueuePartition;
import io.arque.redis.RedisQueue;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * {@code Observer} looks at the queues, past any proxy: again and again at how many tasks
 * are being worked on, and when asked at what is left.
 */
final class Observer implements AutoCloseable {

	private static final Duration INTERVAL = Duration.ofMillis(20);

	private final ConfigurableApplicationContext application;

	private final String prefix;

	private final Map<String, Integer> limits;

	private final Thread sampler = new Thread(this::sample, "sampler");

	private volatile boolean closed;

	private volatile long samples;

	private volatile long overLimit;

	private volatile long most;

	Observer(Map<String, String> properties, String prefix, Map<String, Integer> limits) {
		this.prefix = prefix;
		this.limits = limits;
		this.application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.properties(Map.copyOf(properties))
			.properties(Map.of("logging.level.root", "warn"))
			.run();
		this.sampler.setDaemon(true);
		this.sampler.start();
	}

	/** How many samples were taken. */
	long samples() {
		return this.samples;
	}

	/** In how many of them a queue had more tasks working than it may. */
	long overLimit() {
		return this.overLimit;
	}

	/** How many tasks of a queue it saw working at once, at the most. */
	long most() {
		return this.most;
	}

	/**
	 * Counts the tasks that are left.
	 * @return how many, or -1 if Redis does not tell
	 */
	long tasks() {
		ArqueOperations operations = this.application.getBean(ArqueOperations.class);
		try {
			return this.limits.keySet().stream().mapToLong((queue) -> operations.queue(queue).stats().tasks()).sum();
		}
		catch (RuntimeException ex) { // Redis is broken now
			return -1;
		}
	}

	/**
	 * Returns what names the partitions of a queue.
	 * @param queue the queue
	 * @return as many tags as it has partitions and one more where the ledger is; its
	 * name if it has only one
	 */
	List<String> tags(String queue) {
		RedisQueue spread = (RedisQueue) this.application.getBean(ArqueOperations.class).queue(queue);
		return spread.partitions().stream().map(QueuePartition::tag).toList();
	}

	private void sample() {
		StringRedisTemplate redis = this.application.getBean(StringRedisTemplate.class);
		while (!this.closed) {
			try {
				this.limits.forEach((queue, limit) -> {
					long working = tags(queue).stream().mapToLong((tag) -> working(redis, tag)).sum();
					this.samples++;
					this.most = Math.max(this.most, working);
					if (working > limit) {
						this.overLimit++;
					}
				});
				Thread.sleep(INTERVAL.toMillis());
			}
			catch (InterruptedException ex) {
				return;
			}
			catch (RuntimeException ex) {
				// Redis is broken now
			}
		}
	}

	private long working(StringRedisTemplate redis, String tag) {
		return Objects.requireNonNullElse(redis.opsForZSet().zCard(this.prefix + ":{" + tag + "}:working"), 0L);
	}

	@Override
	public void close() throws InterruptedException {
		this.closed = true;
		this.sampler.join();
		this.application.close();
	}

	/**
	 * Connects to Redis as any application does.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
