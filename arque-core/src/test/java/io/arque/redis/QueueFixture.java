package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.TaskState;
import io.arque.json.JsonPayloadConverter;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.ReturnType;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializer;

import static org.awaitility.Awaitility.await;

/**
 * A queue of one test's own, with clients that see it as different applications would. A
 * field with {@code @RegisterExtension} stops the clients and removes the queue after the
 * test.
 */
final class QueueFixture implements AfterEachCallback {

	static final String KEY_PREFIX = "test.arque";

	static final long MAX_PAYLOAD_BYTES = 6_000_000;

	private static final List<String> KINDS = List.of("config", "pending", "delayed", "working", "tasks", "state",
			"ids", "failed", "errors", "waiters");

	private final String name = "q-" + UUID.randomUUID();

	private final RedisConnectionFactory connectionFactory;

	private final RedisTemplate<String, byte[]> redis = new RedisTemplate<>();

	private final List<ArqueClient> clients = new ArrayList<>();

	private final Map<ArqueMetrics.Event, Long> counted = new EnumMap<>(ArqueMetrics.Event.class);

	private ArqueClient client;

	private ArqueTemplate template;

	QueueFixture() {
		this(RedisServers.connectionFactory());
	}

	QueueFixture(RedisConnectionFactory connectionFactory) {
		this.connectionFactory = connectionFactory;
		this.redis.setConnectionFactory(connectionFactory);
		this.redis.setKeySerializer(RedisSerializer.string());
		this.redis.setValueSerializer(RedisSerializer.byteArray());
		this.redis.setHashKeySerializer(RedisSerializer.string());
		this.redis.setHashValueSerializer(RedisSerializer.byteArray());
		this.redis.afterPropertiesSet();
	}

	/**
	 * Returns the kinds of keys that a queue has, but for its lanes.
	 */
	static List<String> kinds() {
		return KINDS;
	}

	String name() {
		return this.name;
	}

	String key(String kind) {
		return KEY_PREFIX + ":{" + this.name + "}:" + kind;
	}

	private String allKeys() {
		return KEY_PREFIX + ":{" + this.name + "*";
	}

	RedisConnectionFactory connectionFactory() {
		return this.connectionFactory;
	}

	/**
	 * Returns access to the bare Redis: keys as text, values as bytes.
	 */
	RedisTemplate<String, byte[]> redis() {
		return this.redis;
	}

	synchronized ArqueClient client() {
		if (this.client == null) {
			this.client = newClient(TestSettings.settings());
		}
		return this.client;
	}

	synchronized ArqueTemplate template() {
		if (this.template == null) {
			this.template = new ArqueTemplate(client());
		}
		return this.template;
	}

	RedisQueue queue() {
		return client().queue(this.name);
	}

	/**
	 * Returns the queue as another application sees it.
	 */
	RedisQueue queueOfAnother(TestSettings settings) {
		return newClient(settings).queue(this.name);
	}

	ArqueClient newClient(TestSettings settings) {
		return newClient(settings, this.connectionFactory, new Counter());
	}

	ArqueClient newClient(TestSettings settings, RedisConnectionFactory factory, ArqueMetrics metrics) {
		QueueSettings built = settings.build();
		ArqueClient made = new ArqueClient(RedisServers.ofApplications(factory),
				new ArqueSettings(KEY_PREFIX, MAX_PAYLOAD_BYTES, (queue) -> built),
				new JsonPayloadConverter(JsonMapper.builder().build()), metrics);
		this.clients.add(made);
		return made;
	}

	/**
	 * Returns what the client makes its calls with.
	 */
	QueueAccess access(ArqueClient of) {
		return new QueueAccess(this.name, new QueueKeys(KEY_PREFIX, this.name), of.queue(this.name).settings(), of,
				new QueueLog(this.name, of.metrics()));
	}

	/**
	 * Returns how often the clients counted this.
	 */
	long counted(ArqueMetrics.Event event) {
		synchronized (this.counted) {
			return this.counted.getOrDefault(event, 0L);
		}
	}

	QueueDump dump() {
		return QueueDump.of(this.connectionFactory, key(""))
			.plus(QueueDump.of(this.connectionFactory, KEY_PREFIX + ":{" + this.name + "#"));
	}

	/**
	 * Returns attempts, crashes and requeues of each task that was leased or delayed.
	 */
	List<String> deliveries() {
		return this.redis.<String, byte[]>opsForHash()
			.values(key("state"))
			.stream()
			.map(StateRecord::read)
			.map((state) -> state.attempts() + "/" + state.crashes() + "/" + state.requeues())
			.sorted()
			.toList();
	}

	/**
	 * Returns all that Redis holds of the queue, to bring it back later.
	 */
	Map<String, byte[]> snapshot() {
		Map<String, byte[]> dumps = new HashMap<>();
		this.redis.keys(allKeys()).forEach((each) -> dumps.put(each, this.redis.dump(each)));
		return dumps;
	}

	/**
	 * Makes the queue what it was, as when a fail-over has forgotten what came later.
	 */
	void restore(Map<String, byte[]> snapshot) {
		this.redis.delete(this.redis.keys(allKeys()));
		snapshot.forEach((each, dump) -> this.redis.restore(each, dump, 0, TimeUnit.MILLISECONDS));
	}

	TaskState stateOf(String id) {
		return queue().task(id).orElseThrow().state();
	}

	Instant redisTime() {
		try (RedisConnection connection = this.connectionFactory.getConnection()) {
			return Instant.ofEpochMilli(connection.serverCommands().time(TimeUnit.MILLISECONDS));
		}
	}

	/**
	 * Returns when Redis's clock is past this time.
	 */
	void awaitRedisTimeAfter(Instant time) {
		await().pollInterval(1, TimeUnit.MILLISECONDS).until(() -> redisTime().isAfter(time));
	}

	/**
	 * Makes the leases expire, the first first, as if their time were over.
	 */
	void expire(LeasedTask... tasks) {
		expire(List.of(tasks));
	}

	void expire(List<LeasedTask> tasks) {
		double deadline = 1;
		for (LeasedTask task : tasks) {
			this.redis.opsForZSet()
				.add(KEY_PREFIX + ":{" + task.lease().partition() + "}:working",
						task.lease().reference().getBytes(StandardCharsets.US_ASCII), deadline++);
		}
	}

	/**
	 * Returns when a consumer waits that can be reached by a message.
	 */
	void awaitWaiter(ArqueClient waiting) {
		byte[] channel = (waiting.channelPrefix() + waiting.instance().nonce()).getBytes(StandardCharsets.UTF_8);
		await().pollInterval(2, TimeUnit.MILLISECONDS).until(() -> waiters() > 0 && receivers(channel) > 0);
	}

	private long waiters() {
		return queue().partitions()
			.stream()
			.mapToLong((partition) -> this.redis.opsForZSet().zCard(KEY_PREFIX + ":{" + partition.tag() + "}:waiters"))
			.sum();
	}

	private long receivers(byte[] channel) {
		byte[] script = "return redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]".getBytes(StandardCharsets.UTF_8);
		return RedisServers.sum(this.connectionFactory,
				(connection) -> connection.scriptingCommands().eval(script, ReturnType.INTEGER, 0, channel));
	}

	@Override
	public void afterEach(ExtensionContext context) {
		this.clients.forEach((each) -> each.wakeUp().stop());
		Set<String> keys = this.redis.keys(allKeys());
		if (!keys.isEmpty()) {
			this.redis.delete(keys);
		}
	}

	private final class Counter implements ArqueMetrics {

		@Override
		public void count(String queue, Event event, long tasks) {
			synchronized (QueueFixture.this.counted) {
				QueueFixture.this.counted.merge(event, tasks, Long::sum);
			}
		}

	}

}
