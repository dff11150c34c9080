package io.arque.autoconfigure;

import java.nio.file.Path;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import io.arque.test.OwnServer;
import io.arque.test.TlsRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.dao.DataAccessException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

/**
 * A Redis that speaks TLS, by Spring Boot's SSL bundles.
 */
@OwnServer
class TlsTests {

	private static TlsRedis redis;

	private final Recorder recorder = new Recorder();

	private final ApplicationContextRunner runner = TestContexts.onRedis(redis.urlOfApplications())
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + TestContexts.newQueue("tls"));

	@BeforeAll
	static void start(@TempDir Path folder) throws Exception {
		try {
			redis = TlsRedis.start(folder);
		}
		catch (RuntimeException ex) {
			abort("The embedded server of this machine has no TLS: " + ex);
		}
	}

	@AfterAll
	static void stop() {
		if (redis != null) {
			redis.close();
		}
	}

	@Test
	void tasksAreEnqueuedWokenForAndReleasedOverTls() {
		this.runner.withUserConfiguration(Listener.class)
			.withPropertyValues("spring.ssl.bundle.pem.redis.truststore.certificate=file:" + redis.certificate(),
					"spring.data.redis.ssl.bundle=redis")
			.run((context) -> {
				String queue = context.getEnvironment().getRequiredProperty("test.queue");
				context.getBean(ArqueOperations.class).enqueue(queue, "secret");
				this.recorder.assertThatNextIs("secret");
				await().untilAsserted(
						() -> assertThat(context.getBean(ArqueOperations.class).queue(queue).stats().tasks()).isZero());
			});
	}

	@Test
	void serverWhoseCertificateIsNotTrustedGetsNothing() {
		this.runner.run((context) -> {
			String queue = context.getEnvironment().getRequiredProperty("test.queue");
			ArqueOperations arque = context.getBean(ArqueOperations.class);
			assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> arque.enqueue(queue, "secret"));
		});
	}

	record Listener(Recorder recorder) {

		@ArqueListener("${test.queue}")
		void handle(String payload) {
			this.recorder.tell(payload);
		}

	}

}
