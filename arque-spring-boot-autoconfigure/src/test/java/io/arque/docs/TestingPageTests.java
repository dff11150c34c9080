package io.arque.docs;

import java.time.Duration;

import io.arque.ArqueOperations;
import io.arque.EnqueueOptions;
import io.arque.TaskState;
import io.arque.annotation.ArqueListener;
import io.arque.autoconfigure.ArqueAutoConfiguration;
import io.arque.docs.Examples.Email;
import io.arque.docs.Examples.SignUp;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.redis.ArqueClient;
import io.arque.testing.ArqueTester;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.verify;

/**
 * What docs/testing.md tells users to do, done.
 */
class TestingPageTests {

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class,
			properties = { "arque.listener.auto-startup=false", "arque.key-prefix=own" })
	@Import(Examples.Testing.EmbeddedRedis.class)
	class WithListenersOff {

		@Autowired
		SignUp signUp;

		@Autowired
		ArqueClient client;

		@Autowired
		RedisServer server;

		@Autowired
		ArqueListenerEndpointRegistry registry;

		@Test
		void showsWhatWasEnqueuedOnAnEmbeddedServer() {
			assertThat(this.server.isActive()).isTrue();
			ArqueTester tester = new ArqueTester(this.client);
			tester.clear("emails");
			this.signUp.signUp("ada@example.org");
			assertThat(tester.payloads("emails", Email.class)).containsExactly(new Email("ada@example.org", "Welcome"),
					new Email("ada@example.org", "Still there?"));
			assertThat(tester.enqueued("emails").get(1).state()).isEqualTo(TaskState.DELAYED);
			this.registry.getContainer("emails").start();
			tester.drain("emails", Duration.ofSeconds(20));
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class, properties = "arque.key-prefix=on-${random.uuid}")
	@Import(Examples.Testing.EmbeddedRedis.class)
	class WithListenersOn {

		@Autowired
		ArqueOperations arque;

		@Autowired
		ArqueClient client;

		@Test
		void waitsForHandlersAndMakesDelayedTasksDue() {
			ArqueTester tester = new ArqueTester(this.client);
			this.arque.enqueue("emails", new Email("ada@example.org", "Still there?"),
					EnqueueOptions.none().withDelay(Duration.ofDays(7)));
			tester.makeDue("emails");
			tester.awaitDrained("emails", Duration.ofSeconds(20));
			this.arque.enqueue("emails", new Email("nobody", "Welcome"));
			tester.drain("emails", Duration.ofSeconds(20));
			assertThat(this.arque.queue("emails").failed().list(0, 10)).hasSize(1);
		}

	}

	@Nested
	@DirtiesContext
	@SpringBootTest(classes = Application.class,
			properties = { "arque.listener.auto-startup=false", "spring.data.redis.port=1" })
	class WithoutRedis {

		@MockitoBean
		ArqueOperations arque;

		@Autowired
		SignUp signUp;

		@Test
		void startsAndTakesTheMock() {
			this.signUp.signUp("ada@example.org");
			verify(this.arque).enqueue("emails", new Email("ada@example.org", "Welcome"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ DataRedisAutoConfiguration.class, JacksonAutoConfiguration.class,
			ArqueAutoConfiguration.class })
	@Import(SignUp.class)
	static class Application {

		@ArqueListener(id = "emails", queues = "emails", concurrency = "3")
		void send(Email email) {
			if (email.to().equals("nobody")) {
				throw new IllegalArgumentException("no such address");
			}
		}

	}

}
