package io.arque.samples.benchmark.streams;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

import io.arque.samples.benchmark.measure.Latency;
import io.arque.samples.benchmark.measure.Order;
import io.arque.samples.benchmark.measure.Sample;
import io.arque.samples.benchmark.measure.Work;
import io.arque.samples.benchmark.server.RedisServer;
import io.lettuce.core.api.StatefulConnection;
import org.apache.commons.pool2.impl.GenericObjectPoolConfig;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettucePoolingClientConfiguration;
import org.springframework.data.redis.connection.stream.Consumer;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.connection.stream.StringRecord;
import org.springframework.data.redis.core.RedisOperations;
import org.springframework.data.redis.core.SessionCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.stream.StreamMessageListenerContainer;
import org.springframework.data.redis.stream.StreamMessageListenerContainer.StreamMessageListenerContainerOptions;

/**
 * {@code RedisStreams} measures what people write by hand: Spring Data's stream listener
 * container with a consumer group, each message acknowledged when it was handled. A
 * stream keeps what was acknowledged; nothing here trims it, to its advantage.
 */
public final class RedisStreams implements AutoCloseable {

	private static final String GROUP = "workers";

	private static final String FIELD = "order";

	private static final int RECORDS_PER_PIPELINE = 1000;

	private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);

	private static final Duration SETTLING = Duration.ofMillis(300);

	private final JsonMapper mapper = new JsonMapper();

	private final LettuceConnectionFactory connectionFactory;

	private final LettuceConnectionFactory pooled;

	private final StringRedisTemplate template;

	private final String prefix;

	private int streams;

	private String stream = "";

	/**
	 * Connects.
	 * @param server the server
	 * @param prefix what all keys begin with
	 */
	public RedisStreams(RedisServer server, String prefix) {
		this.prefix = prefix;
		this.connectionFactory = started(
				new LettuceConnectionFactory(LettuceConnectionFactory.createRedisConfiguration(server.url())));
		GenericObjectPoolConfig<StatefulConnection<?, ?>> pool = new GenericObjectPoolConfig<>();
		pool.setMaxTotal(64);
		pool.setMaxIdle(64);
		this.pooled = started(
				new LettuceConnectionFactory(LettuceConnectionFactory.createRedisConfiguration(server.url()),
						LettucePoolingClientConfiguration.builder().poolConfig(pool).build()));
		this.template = new StringRedisTemplate(this.connectionFactory);
	}

	private static LettuceConnectionFactory started(LettuceConnectionFactory factory) {
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	/**
	 * Adds messages, each with a command of its own.
	 * @param callers how many threads call
	 * @param tasks how many messages
	 * @return messages per second
	 * @throws Exception if it failed
	 */
	public double enqueue(int callers, int tasks) throws Exception {
		Order order = Order.of(0, Order.SMALL_BYTES);
		newStream();
		double result = Work.byCallers(callers, tasks, (caller) -> add(order));
		this.template.delete(this.stream);
		return result;
	}

	/**
	 * Adds messages, many at a time.
	 * @param tasks how many messages
	 * @return messages per second
	 * @throws Exception if it failed
	 */
	public double enqueueAll(int tasks) throws Exception {
		List<Order> orders = Order.list(tasks, Order.SMALL_BYTES);
		newStream();
		double result = Work.perSecond(tasks, () -> {
			addAll(orders);
			return null;
		});
		this.template.delete(this.stream);
		return result;
	}

	/**
	 * Lets consumers work on messages that are there, until all are acknowledged.
	 * @param setting how they read
	 * @param tasks how many messages
	 * @return messages per second
	 * @throws Exception if it failed
	 */
	public double drain(Setting setting, int tasks) throws Exception {
		newStream();
		addAll(Order.list(tasks, Order.SMALL_BYTES));
		LongAdder handled = new LongAdder();
		StreamMessageListenerContainer<?, ?> container = container(setting, (order) -> handled.increment());
		try {
			return Work.perSecond(tasks, () -> {
				container.start();
				Work.await(() -> handled.sum() == tasks);
				return null;
			});
		}
		finally {
			stop(container);
		}
	}

	/**
	 * Adds a message now and then, for consumers that are idle.
	 * @param setting how they read
	 * @param name what the figures' names begin with
	 * @param duration how long to add
	 * @return the percentiles
	 * @throws Exception if it failed
	 */
	public List<Sample> latency(Setting setting, String name, Duration duration) throws Exception {
		newStream();
		Latency latency = new Latency(duration);
		StreamMessageListenerContainer<?, ?> container = container(setting, (order) -> latency.arrived(order.index()));
		try {
			container.start();
			Thread.sleep(SETTLING.toMillis());
			latency.run((task) -> add(Order.of(task, Order.SMALL_BYTES)));
			return latency.percentiles(name);
		}
		finally {
			stop(container);
		}
	}

	private StreamMessageListenerContainer<?, ?> container(Setting setting, OrderHandler handler) {
		RedisConnectionFactory connections = setting.pooled() ? this.pooled : this.connectionFactory;
		var options = StreamMessageListenerContainerOptions.builder();
		if (setting.batchSize() > 0) {
			options.batchSize(setting.batchSize());
		}
		var container = StreamMessageListenerContainer.create(connections, options.pollTimeout(POLL_TIMEOUT).build());
		for (int i = 0; i < setting.consumers(); i++) {
			container.receive(Consumer.from(GROUP, "worker-" + i),
					StreamOffset.create(this.stream, ReadOffset.lastConsumed()), (message) -> {
						Order order = this.mapper.readValue(message.getValue().get(FIELD), Order.class);
						this.template.opsForStream().acknowledge(GROUP, message);
						handler.handle(order);
					});
		}
		return container;
	}

	/** What still blocks in a read must find its stream. */
	private void stop(StreamMessageListenerContainer<?, ?> container) throws InterruptedException {
		container.stop();
		Thread.sleep(POLL_TIMEOUT.multipliedBy(2).toMillis());
		this.template.delete(this.stream);
	}

	/**
	 * Consumers that were stopped may read on for a moment: they must not find the next
	 * stream.
	 */
	private void newStream() {
		this.stream = this.prefix + ":stream-" + ++this.streams;
		this.template.opsForStream().createGroup(this.stream, ReadOffset.from("0"), GROUP);
	}

	private void add(Order order) {
		this.template.opsForStream().add(message(order));
	}

	private void addAll(List<Order> orders) {
		for (int from = 0; from < orders.size(); from += RECORDS_PER_PIPELINE) {
			List<Order> part = orders.subList(from, Math.min(orders.size(), from + RECORDS_PER_PIPELINE));
			this.template.executePipelined(new SessionCallback<@Nullable Object>() {

				@Override
				public <K, V> @Nullable Object execute(RedisOperations<K, V> operations) {
					part.forEach(RedisStreams.this::add);
					return null;
				}

			});
		}
	}

	private StringRecord message(Order order) {
		return StreamRecords.string(Map.of(FIELD, this.mapper.writeValueAsString(order))).withStreamKey(this.stream);
	}

	@Override
	public void close() {
		this.connectionFactory.destroy();
		this.pooled.destroy();
	}

	private interface OrderHandler {

		void handle(Order order);

	}

	/**
	 * How consumers read.
	 *
	 * @param consumers how many there are, a thread each
	 * @param batchSize how many messages a read brings at the most, 0 for what is the
	 * default
	 * @param pooled whether connections are pooled: a read that may block takes one of
	 * its own
	 */
	public record Setting(int consumers, int batchSize, boolean pooled) {

		/** What the documentation shows. */
		public static final Setting DOCUMENTED = new Setting(1, 0, false);

		/** The fastest that was found. */
		public static final Setting BEST = new Setting(16, 500, true);

	}

}
