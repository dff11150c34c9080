package io.arque.listener;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.RedisQueue;
import io.arque.test.RedisServers;
import io.arque.test.TestPartitions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisZSetCommands.ZAddArgs;

import static org.awaitility.Awaitility.await;

/**
 * {@code TestApplication} is one instance of an application, without Spring Boot around
 * it. Several of them on one Redis are several instances, each with its own identity and
 * subscription. A field with {@code @RegisterExtension} is closed after the test.
 */
public final class TestApplication implements AutoCloseable, AfterEachCallback {

	private final RedisConnectionFactory connectionFactory;

	private final ArqueClient client;

	private final LeaseKeeper leaseKeeper = new LeaseKeeper();

	private final SlowLook slowLook;

	private final ArqueListenerEndpointRegistry registry = new ArqueListenerEndpointRegistry();

	private final ArqueListenerContainerFactory factory;

	public TestApplication(QueueSettings settings) {
		this(RedisServers.connectionFactory(), settings);
	}

	public TestApplication(RedisConnectionFactory connectionFactory, QueueSettings settings) {
		this(connectionFactory, settings, ContainerSettings.DEFAULTS, ArqueMetrics.NONE);
	}

	public TestApplication(RedisConnectionFactory connectionFactory, QueueSettings settings,
			ContainerSettings containerSettings, ArqueMetrics metrics) {
		this.connectionFactory = connectionFactory;
		this.client = new ArqueClient(RedisServers.ofApplications(connectionFactory),
				new ArqueSettings("arque-test", 1024 * 1024,
						(queue) -> (settings.partitions() == 1) ? TestPartitions.spread(settings) : settings),
				new JsonPayloadConverter(JsonMapper.builder().build()), metrics);
		this.slowLook = new SlowLook(this.client, Duration.ofSeconds(1), Duration.ofSeconds(1));
		this.factory = new ArqueListenerContainerFactory(
				new ContainerServices(this.client, this.leaseKeeper, this.slowLook));
		this.factory.setSettings(containerSettings);
		this.leaseKeeper.start();
		this.slowLook.start();
		this.registry.start();
	}

	public static String newQueue() {
		return "test-" + UUID.randomUUID();
	}

	public ArqueListenerContainer listen(String queue, TaskHandler handler) {
		return listen(List.of(queue), handler, null);
	}

	public ArqueListenerContainer listen(List<String> queues, TaskHandler handler, @Nullable AckMode ackMode) {
		String id = "listener-" + queues.get(0);
		this.registry.register(new ArqueListenerEndpoint(id, queues, handler, null,
				new ArqueListenerEndpoint.Overrides(null, ackMode, null)), this.factory);
		return this.registry.getContainer(id);
	}

	/**
	 * Listens to a queue and begins with a task.
	 * @param queue the queue
	 * @param end when the task has been run
	 * @return its id
	 */
	String hold(String queue, CountDownLatch end) {
		CountDownLatch running = new CountDownLatch(1);
		listen(queue, (task, acknowledgement) -> {
			running.countDown();
			end.await();
		});
		String id = template().enqueue(queue, "x");
		await().until(() -> running.getCount() == 0);
		return id;
	}

	public ArqueTemplate template() {
		return new ArqueTemplate(this.client);
	}

	public RedisQueue queue(String name) {
		return this.client.queue(name);
	}

	LeaseKeeper leaseKeeper() {
		return this.leaseKeeper;
	}

	/**
	 * Makes leases expire, as if their time were over; those that there are.
	 */
	public void expire(List<LeasedTask> tasks) {
		try (RedisConnection connection = this.connectionFactory.getConnection()) {
			for (LeasedTask task : tasks) {
				byte[] working = bytes("arque-test:{" + task.lease().partition() + "}:working");
				connection.zSetCommands().zAdd(working, 1, bytes(task.lease().reference()), ZAddArgs.ifExists());
			}
		}
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Stops what looks at queues without being told, so that a test sees what wake-ups
	 * do.
	 */
	public TestApplication withoutSlowLook() {
		this.slowLook.stop();
		return this;
	}

	public void stopListeners() {
		this.registry.stop();
	}

	public void startListeners() {
		this.registry.start();
	}

	@Override
	public void close() {
		this.registry.stop();
		this.slowLook.stop();
		this.leaseKeeper.stop();
		this.client.wakeUp().stop();
	}

	@Override
	public void afterEach(ExtensionContext context) {
		close();
	}

}
