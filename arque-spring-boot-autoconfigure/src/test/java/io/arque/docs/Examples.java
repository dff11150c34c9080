package io.arque.docs;

import java.io.IOException;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.arque.ArqueOperations;
import io.arque.ArqueQueue;
import io.arque.DequeueResult;
import io.arque.EnqueueOptions;
import io.arque.FailedTask;
import io.arque.FailedTasks;
import io.arque.LeasedTask;
import io.arque.PayloadConversionException;
import io.arque.PostponeTaskException;
import io.arque.QueueStats;
import io.arque.RejectTaskException;
import io.arque.TaskState;
import io.arque.annotation.ArqueListener;
import io.arque.autoconfigure.ArqueConnectionFactory;
import io.arque.listener.Acknowledgement;
import io.arque.redis.ArqueClient;
import io.arque.testing.ArqueTester;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.GenericContainer;
import redis.embedded.RedisServer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
import org.springframework.test.context.DynamicPropertyRegistrar;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.util.TestSocketUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.verify;

/**
 * The examples of README.md and docs, so that they compile. {@link DocumentationTests}
 * holds the pages against them.
 */
@SuppressWarnings("unused")
class Examples {

	private static final Logger logger = LoggerFactory.getLogger(Examples.class);

	record Email(String to, String text) {
	}

	record Invoice(int number) {
	}

	record ReportRequest(int pages) {
	}

	record Transfer(String iban) {
	}

	// README.md

	@Service
	class Emails {

		private final ArqueOperations arque;

		Emails(ArqueOperations arque) {
			this.arque = arque;
		}

		void orderPlaced(Email confirmation) {
			this.arque.enqueue("emails", confirmation);
		}

		@ArqueListener(queues = "emails", concurrency = "20")
		void send(Email email) {
			// returns: the task is done
			// throws: it is tried again with back-off, and ends in failed
		}

	}

	// docs/configuration.md

	@Configuration(proxyBeanMethods = false)
	class QueueRedis {

		@Bean
		@ArqueConnectionFactory
		LettuceConnectionFactory queueConnectionFactory() {
			return new LettuceConnectionFactory("queues.example.org", 6379);
		}

	}

	// docs/enqueueing.md

	void enqueueing(ArqueOperations arque, List<Email> newsletter) {
		String id = arque.enqueue("emails", new Email("ada@example.org", "Welcome"));

		arque.enqueue("emails", new Email("ada@example.org", "Still there?"),
				EnqueueOptions.none().withDelay(Duration.ofDays(7)));

		arque.enqueue("invoices", new Invoice(4711),
				EnqueueOptions.none()
					.withId("invoice-4711")
					.withTaskTimeout(Duration.ofMinutes(10))
					.withMaxAttempts(8)
					.withHeader("tenant", "acme"));

		arque.enqueueAll("emails", newsletter);

		CompletableFuture<String> later = arque.enqueueAsync("emails", newsletter.get(0), EnqueueOptions.none());
	}

	// docs/listeners.md

	@Component
	class Reports {

		@ArqueListener(queues = "${reports.queue:reports}", concurrency = "4")
		void render(ReportRequest request, LeasedTask task, @Header(name = "tenant", required = false) String tenant) {
			if (request.pages() > 1000) {
				// to failed at once
				throw new RejectTaskException("A report has at most 1000 pages");
			}
			if (!printerIsFree()) {
				// later, and this attempt does not count
				throw new PostponeTaskException(Duration.ofMinutes(1));
			}
			// anything else that is thrown: tried again with back-off
		}

		private boolean printerIsFree() {
			return true;
		}

	}

	// docs/listeners.md

	@Retention(RetentionPolicy.RUNTIME)
	@ArqueListener(queues = "audit", concurrency = "1")
	@interface AuditListener {

	}

	// docs/listeners.md

	@Component
	class Transfers {

		@ArqueListener(queues = "transfers", ackMode = "MANUAL")
		void send(Transfer transfer, Acknowledgement acknowledgement) {
			submit(transfer).whenComplete((receipt, failure) -> {
				if (failure == null) {
					acknowledgement.release();
				}
				else {
					acknowledgement.requeue(Duration.ofSeconds(30));
				}
			});
		}

		private CompletableFuture<String> submit(Transfer transfer) {
			return CompletableFuture.completedFuture("receipt for " + transfer.iban());
		}

	}

	// docs/queues-by-hand.md

	void operate(ArqueOperations arque) {
		ArqueQueue queue = arque.queue("emails");
		QueueStats stats = queue.stats();
		logger.info("{} pending, the oldest for {}", stats.pending(), stats.oldestPendingAge());
		// for all instances, at once
		queue.workingLimit(5);
		// each instance honours its configuration again
		queue.resetWorkingLimit();
		// nothing more is taken, what runs goes on
		queue.pause();
		queue.resume();
		queue.task("invoice-4711").ifPresent((task) -> logger.info("{} {}", task.state(), task.delivery()));
	}

	// docs/queues-by-hand.md

	void work(ArqueQueue queue) {
		DequeueResult result = queue.dequeue(10, Duration.ofSeconds(30));
		if (result.isEmpty()) {
			// EMPTY, THROTTLED or PAUSED
			logger.info("Nothing to do: {}", result.reason());
		}
		for (LeasedTask task : result.tasks()) {
			try {
				Email email = task.payload().as(Email.class);
				queue.release(task);
			}
			catch (PayloadConversionException ex) {
				queue.reject(task, ex.getMessage());
			}
		}
	}

	// docs/retries-and-dead-letters.md

	void failed(ArqueOperations arque) {
		FailedTasks failed = arque.queue("invoices").failed();
		for (FailedTask task : failed.list(0, 100)) {
			logger.info("{} failed at {}: {}", task.id(), task.failedAt(), task.error().message());
		}
		// pending again, with fresh attempts
		failed.redrive("invoice-4711");
		failed.delete("invoice-4712");
		// all that failed before this call
		failed.redriveAll();
		failed.purge();
	}

	// docs/testing.md

	@Service
	static class SignUp {

		private final ArqueOperations arque;

		SignUp(ArqueOperations arque) {
			this.arque = arque;
		}

		void signUp(String address) {
			this.arque.enqueue("emails", new Email(address, "Welcome"));
			this.arque.enqueue("emails", new Email(address, "Still there?"),
					EnqueueOptions.none().withDelay(Duration.ofDays(7)));
		}

	}

	interface Testing {

		@TestConfiguration(proxyBeanMethods = false)
		class RedisContainer {

			@Bean
			@ServiceConnection("redis")
			GenericContainer<?> redis() {
				return new GenericContainer<>("redis:7.0").withExposedPorts(6379);
			}

		}

		@TestConfiguration(proxyBeanMethods = false)
		class EmbeddedRedis {

			@Bean(initMethod = "start", destroyMethod = "stop")
			RedisServer redisServer() throws IOException {
				return RedisServer.newRedisServer()
					.bind("127.0.0.1")
					.port(TestSocketUtils.findAvailableTcpPort())
					.build();
			}

			@Bean
			DynamicPropertyRegistrar redisAddress(RedisServer server) {
				return (registry) -> {
					registry.add("spring.data.redis.host", () -> "127.0.0.1");
					registry.add("spring.data.redis.port", () -> server.ports().get(0));
				};
			}

		}

		@SpringBootTest(properties = "arque.listener.auto-startup=false")
		class SignUpTests {

			private final SignUp signUp;

			private final ArqueTester tester;

			@Autowired
			SignUpTests(SignUp signUp, ArqueClient client) {
				this.signUp = signUp;
				this.tester = new ArqueTester(client);
				this.tester.clear("emails");
			}

			@Test
			void signingUpEnqueuesAWelcomeAndAReminder() {
				this.signUp.signUp("ada@example.org");
				assertThat(this.tester.payloads("emails", Email.class)).containsExactly(
						new Email("ada@example.org", "Welcome"), new Email("ada@example.org", "Still there?"));
				assertThat(this.tester.enqueued("emails").get(1).state()).isEqualTo(TaskState.DELAYED);
			}

		}

		@SpringBootTest(properties = "arque.listener.auto-startup=false")
		class SignUpWithoutRedisTests {

			@MockitoBean
			ArqueOperations arque;

			@Autowired
			SignUp signUp;

			@Test
			void signingUpEnqueuesAWelcome() {
				this.signUp.signUp("ada@example.org");
				verify(this.arque).enqueue("emails", new Email("ada@example.org", "Welcome"));
			}

		}

	}

	// docs/testing.md

	void handlers(ArqueOperations arque, ArqueTester tester) {
		arque.enqueue("emails", new Email("ada@example.org", "Welcome"));
		// fails the test after 10 s and tells which tasks are left
		tester.awaitDrained("emails", Duration.ofSeconds(10));

		arque.enqueue("emails", new Email("ada@example.org", "Still there?"),
				EnqueueOptions.none().withDelay(Duration.ofDays(7)));
		// not in a week, but now
		tester.makeDue("emails");
		tester.awaitDrained("emails", Duration.ofSeconds(10));

		arque.enqueue("emails", new Email("nobody", "Welcome"));
		// retries come at once, too, until the task is done or failed
		tester.drain("emails", Duration.ofSeconds(10));
		assertThat(arque.queue("emails").failed().list(0, 10)).hasSize(1);
	}

}
