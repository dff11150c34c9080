package io.arque.redis;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.Checks;
import io.arque.PayloadConverter;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * {@code ArqueClient} is one application's access to its queues: the template through
 * which all scripts run, which nobody else sees, and the identity under which this
 * process calls Redis. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class ArqueClient {

	private final RedisTemplate<byte[], byte[]> template;

	private final ArqueSettings settings;

	private final PayloadConverter converter;

	private final ArqueMetrics metrics;

	private final Instance instance = new Instance();

	private final WakeUp wakeUp;

	private final ServerCheck serverCheck;

	private final @Nullable Durability durability;

	private final Map<String, RedisQueue> queues = new ConcurrentHashMap<>();

	private final Map<String, DurableSender> durableSenders = new ConcurrentHashMap<>();

	private volatile int maxRetries = Call.RETRIES;

	private volatile Duration slowLook = HandDequeue.SLOW_LOOK;

	/**
	 * Creates a client. Nothing is sent to Redis.
	 * @param connectionFactory where Redis is; used, but never closed
	 * @param settings what holds for all queues of this application
	 * @param converter writes and reads payloads
	 * @param metrics counts and times
	 */
	public ArqueClient(RedisConnectionFactory connectionFactory, ArqueSettings settings, PayloadConverter converter,
			ArqueMetrics metrics) {
		this(connectionFactory, settings, converter, metrics, null);
	}

	/**
	 * Creates a client that enqueues durably. Nothing is sent to Redis.
	 * @param connectionFactory where Redis is; used, but never closed
	 * @param settings what holds for all queues of this application
	 * @param converter writes and reads payloads
	 * @param metrics counts and times
	 * @param durability how many replicas must have a task before it is acknowledged,
	 * none if they need not
	 */
	public ArqueClient(RedisConnectionFactory connectionFactory, ArqueSettings settings, PayloadConverter converter,
			ArqueMetrics metrics, @Nullable Durability durability) {
		RedisConnectionFactory own = new PrivateConnectionFactory(connectionFactory);
		this.template = new RedisTemplate<>();
		this.template.setConnectionFactory(own);
		this.template.setDefaultSerializer(RedisSerializer.byteArray());
		this.template.setExposeConnection(true); // else each call would make a proxy, for
													// callbacks that are not ours
		this.template.afterPropertiesSet();
		this.settings = settings;
		this.converter = converter;
		this.metrics = new GuardedMetrics(metrics);
		this.wakeUp = new WakeUp(own, channelPrefix() + this.instance.nonce());
		this.serverCheck = new ServerCheck(own);
		this.durability = durability;
	}

	/**
	 * Returns the queue of this name.
	 * @param name the queue's name
	 * @return the queue, the same for the same name
	 */
	public RedisQueue queue(String name) {
		RedisQueue known = this.queues.get(Checks.notNull(name, "The queue's name"));
		return (known != null) ? known : this.queues.computeIfAbsent(name, this::newQueue);
	}

	/**
	 * Returns the queues that were asked for so far.
	 * @return the queues
	 */
	public Collection<RedisQueue> queues() {
		return List.copyOf(this.queues.values());
	}

	/**
	 * Returns what wakes this application's consumers.
	 * @return the wake-up
	 */
	public WakeUp wakeUp() {
		return this.wakeUp;
	}

	/**
	 * Returns what counts and times.
	 * @return the metrics
	 */
	public ArqueMetrics metrics() {
		return this.metrics;
	}

	/**
	 * Returns what writes and reads payloads.
	 * @return the converter
	 */
	public PayloadConverter converter() {
		return this.converter;
	}

	ArqueSettings settings() {
		return this.settings;
	}

	Instance instance() {
		return this.instance;
	}

	/**
	 * Returns what sends scripts to Redis, once the server is known to be new enough.
	 * @return the template
	 */
	RedisTemplate<byte[], byte[]> template() {
		this.serverCheck.check();
		return this.template;
	}

	int maxRetries() {
		return this.maxRetries;
	}

	/**
	 * Changes how often a call that Redis cannot run now is sent again.
	 * @param retries how often at the most
	 */
	void maxRetries(int retries) {
		this.maxRetries = retries;
	}

	Duration slowLook() {
		return this.slowLook;
	}

	/**
	 * Changes how often a waiting dequeue looks without being told.
	 * @param interval time between two looks
	 */
	void slowLook(Duration interval) {
		this.slowLook = interval;
	}

	/**
	 * Returns what sends calls that enqueue to a partition, once the server is known to
	 * be new enough.
	 * @param queue the queue's name
	 * @param tag the partition's tag
	 * @return the sender, none if such calls go as all others do
	 */
	@Nullable Sender durableSender(String queue, String tag) {
		if (this.durability == null) {
			return null;
		}
		this.serverCheck.check();
		return this.durableSenders.computeIfAbsent(tag, (own) -> new DurableSender(queue, this.durability));
	}

	/**
	 * Returns what the wake-up channels begin with; an instance's nonce follows.
	 * @return the prefix
	 */
	String channelPrefix() {
		return this.settings.keyPrefix() + ":wake:";
	}

	private RedisQueue newQueue(String name) {
		QueueKeys keys = new QueueKeys(this.settings.keyPrefix(), QueueKeys.checkName(name));
		QueueAccess access = new QueueAccess(name, keys, this.settings.queues().apply(name), this,
				new QueueLog(name, this.metrics));
		this.metrics.queueKnown(name);
		return new RedisQueue(access);
	}

}
