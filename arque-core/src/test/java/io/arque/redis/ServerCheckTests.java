package io.arque.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;

import ch.qos.logback.classic.Level;
import io.arque.ArqueMetrics;
import io.arque.EnqueueOptions;
import io.arque.UnsupportedRedisVersionException;
import io.arque.test.LogCapture;
import io.arque.test.LeastPrivilege;
import io.arque.test.OwnServer;
import io.arque.test.RedisServers;
import io.arque.test.StubbedInfo;
import io.arque.test.TestRedis;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.ClusterCommandExecutionFailureException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which servers are used, told by what their {@code INFO} says.
 */
@OwnServer
class ServerCheckTests {

	@RegisterExtension
	final QueueFixture fixture = new QueueFixture();

	private final StubbedInfo server = new StubbedInfo(this.fixture.connectionFactory());

	private LogCapture log;

	private ArqueTemplate template;

	private RedisQueue queue;

	@BeforeEach
	void makeClient() {
		this.log = new LogCapture(ServerCheck.class.getName());
		ArqueClient client = this.fixture.newClient(TestSettings.settings(), this.server.factory(), ArqueMetrics.NONE);
		this.template = new ArqueTemplate(client);
		this.queue = client.queue(this.fixture.name());
	}

	@AfterEach
	void endCapture() {
		this.log.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "2.8.24", "5.0.14", "6.0.20", "6.1.240" })
	void serverThatIsTooOldGetsNoCall(String version) {
		this.server.answers("redis_version", version);
		assertThatExceptionOfType(UnsupportedRedisVersionException.class).isThrownBy(this::enqueue)
			.withMessageContainingAll(version, "6.2", "Valkey")
			.satisfies((ex) -> assertThat(ex.version()).isEqualTo(version));
		assertThatExceptionOfType(UnsupportedRedisVersionException.class)
			.isThrownBy(() -> this.template.enqueueAll(this.fixture.name(), List.of("x")));
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> this.template.enqueueAsync(this.fixture.name(), "x", EnqueueOptions.none()).join())
			.withCauseInstanceOf(UnsupportedRedisVersionException.class);
		assertThatExceptionOfType(UnsupportedRedisVersionException.class)
			.isThrownBy(() -> this.queue.dequeue(1, Duration.ZERO));
		assertThatExceptionOfType(UnsupportedRedisVersionException.class).isThrownBy(this.queue::stats);
		assertThat(this.fixture.dump().entries()).isEmpty();
		assertThat(this.log.messages(Level.ERROR)).singleElement().asString().contains(version, "upgrade");
	}

	@ParameterizedTest
	@ValueSource(strings = { "6.2.0", "6.2.14", "7.0.15", "8.4", "10.0.1", "255.255.255" })
	void serverThatIsNewEnoughIsAskedOnce(String version) {
		this.server.answers("redis_version", version, "maxmemory_policy", "noeviction");
		enqueue();
		enqueue();
		this.queue.dequeue(1, Duration.ZERO);
		assertThat(this.server.asked()).isEqualTo(1);
		assertThat(this.log.messages(Level.WARN)).isEmpty();
	}

	@Test
	void serverIsAskedAgainUntilItIsNewEnough() {
		this.server.answers("redis_version", "6.0.20");
		for (int i = 0; i < 2; i++) {
			assertThatExceptionOfType(UnsupportedRedisVersionException.class).isThrownBy(this::enqueue);
		}
		assertThatExceptionOfType(UnsupportedRedisVersionException.class)
			.isThrownBy(() -> this.queue.dequeue(3, Duration.ZERO));
		this.server.answers("redis_version", "7.2.1");
		enqueue();
		assertThat(this.queue.dequeue(1, Duration.ZERO).tasks()).hasSize(1);
		assertThat(this.server.asked()).isEqualTo(4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "server_name=valkey", "valkey_version=8.0.1" })
	void valkeyIsUsedWhateverRedisVersionItClaims(String property) {
		String[] nameAndValue = property.split("=", 2);
		this.server.answers("redis_version", "5.0.7", nameAndValue[0], nameAndValue[1]);
		enqueue();
		assertThat(this.log.messages(Level.WARN)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "unstable", "7" })
	void serverOfUnknownVersionIsUsedAndToldOnce(String version) {
		if (version.isEmpty()) {
			this.server.answers("uptime_in_days", "3");
		}
		else {
			this.server.answers("redis_version", version);
		}
		enqueue();
		enqueue();
		assertThat(this.log.messages(Level.WARN)).singleElement().asString().contains("redis_version");
	}

	@Test
	void everyNodeOfAClusterHasToDo() {
		this.server.answers("10.0.0.1:7000.redis_version", "7.0.15", "10.0.0.2:7000.redis_version", "6.0.20",
				"10.0.0.1:7000.redis_mode", "cluster");
		assertThatExceptionOfType(UnsupportedRedisVersionException.class).isThrownBy(this::enqueue)
			.withMessageContaining("6.0.20");
		this.server.answers("10.0.0.1:7000.redis_version", "7.0.15", "redis.example.org:7001.redis_version", "5.0.1",
				"redis.example.org:7001.server_name", "valkey");
		enqueue();
		assertThat(this.log.messages(Level.WARN)).isEmpty();
	}

	@Test
	void clusterWithANodeThatDoesNotAnswerIsUsed() {
		this.server.answers(() -> {
			throw new ClusterCommandExecutionFailureException(new IllegalStateException("node 3 is away"));
		});
		enqueue();
		enqueue();
		assertThat(this.server.asked()).isEqualTo(1);
		assertThat(this.log.messages(Level.DEBUG)).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "maxmemory_policy=allkeys-lru", "10.0.0.1:7000.maxmemory_policy=allkeys-random" })
	void evictionOfTasksIsWarnedAboutOnce(String property) {
		String[] nameAndValue = property.split("=", 2);
		String version = nameAndValue[0].replace("maxmemory_policy", "redis_version");
		this.server.answers(version, "7.0.15", nameAndValue[0], nameAndValue[1]);
		enqueue();
		enqueue();
		assertThat(this.log.messages(Level.WARN)).singleElement().asString().contains(nameAndValue[1], "noeviction");
	}

	@Test
	void serverThatIsAwayIsAskedAgain() {
		this.server.answers(() -> {
			throw new RedisConnectionFailureException("away");
		});
		assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(this::enqueue);
		this.server.answers("redis_version", "6.0.20");
		assertThatExceptionOfType(UnsupportedRedisVersionException.class).isThrownBy(this::enqueue);
	}

	@Test
	void realServerIsUsedAlsoWhereInfoIsForbidden() {
		try (TestRedis redis = RedisServers.startPrivate()) {
			LettuceConnectionFactory factory = redis.newConnectionFactory();
			QueueFixture own = new QueueFixture(factory);
			try {
				enqueueAndCount(own);
				assertThat(this.log.messages(Level.DEBUG)).isEmpty();
				LeastPrivilege.change(redis, "-info");
				try (RedisConnection connection = RedisServers.ofApplications(factory).getConnection()) {
					assertThatExceptionOfType(DataAccessException.class)
						.isThrownBy(() -> connection.serverCommands().info());
				}
				enqueueAndCount(own);
				assertThat(this.log.messages(Level.DEBUG)).hasSize(1);
				assertThat(this.log.messages(Level.WARN)).isEmpty();
			}
			finally {
				own.afterEach(null);
				factory.destroy();
			}
		}
	}

	private static void enqueueAndCount(QueueFixture own) {
		ArqueClient client = own.newClient(TestSettings.settings());
		long before = client.queue(own.name()).stats().pending();
		new ArqueTemplate(client).enqueue(own.name(), "x");
		assertThat(client.queue(own.name()).stats().pending()).isEqualTo(before + 1);
	}

	private void enqueue() {
		this.template.enqueue(this.fixture.name(), "payload");
	}

}
