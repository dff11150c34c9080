package io.arque.autoconfigure;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import io.arque.listener.AckMode;
import io.arque.listener.Acknowledgement;
import io.arque.listener.ArqueListenerContainer;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.ContainerServices;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where the settings of a listener's container come from.
 */
class ArqueListenerSettingsTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("settings");

	private final ApplicationContextRunner runner = TestContexts.runner()
		.withBean(Recorder.class, () -> this.recorder)
		.withPropertyValues("test.queue=" + this.queue);

	@Test
	void prefersWhatTheAnnotationSaysToTheProperties() {
		this.runner.withUserConfiguration(Annotated.class)
			.withPropertyValues("arque.listener.concurrency=2", "arque.queues." + this.queue + ".concurrency=4",
					"arque.listener.auto-startup=true")
			.run((context) -> {
				ArqueListenerContainer container = container(context, "annotated");
				assertThat(container.settings().concurrency()).isEqualTo(6);
				assertThat(container.settings().ackMode()).isEqualTo(AckMode.MANUAL);
				assertThat(container.isRunning()).isFalse();
				assertThat(container(context, "plain").settings().concurrency()).isEqualTo(4);
			});
	}

	@Test
	void usesTheContainerFactoryThatItNames() {
		this.runner.withUserConfiguration(OwnFactory.class).run((context) -> {
			context.getBean(ArqueOperations.class).enqueue(this.queue, "text");
			this.recorder.assertThatNextIs("text");
			assertThat(container(context, "own-factory").settings().concurrency()).isEqualTo(1);
		});
	}

	private static ArqueListenerContainer container(ApplicationContext context, String id) {
		return context.getBean(ArqueListenerEndpointRegistry.class).getContainer(id);
	}

	static class Annotated {

		@ArqueListener(id = "annotated", queues = "${test.queue}", concurrency = "6", ackMode = "manual",
				autoStartup = "${off:false}")
		void handle(String payload, Acknowledgement acknowledgement) {
		}

		@ArqueListener(id = "plain", queues = "${test.queue}")
		void plain(String payload) {
		}

	}

	static class OwnFactory {

		private final Recorder recorder;

		OwnFactory(Recorder recorder) {
			this.recorder = recorder;
		}

		@Bean
		static ArqueListenerContainerFactory oneByOne(ContainerServices services,
				ArqueListenerContainerFactoryConfigurer configurer) {
			ArqueListenerContainerFactory factory = new ArqueListenerContainerFactory(services);
			configurer.configure(factory);
			factory.addCustomizer((container) -> container.settings(container.settings().withConcurrency(1)));
			return factory;
		}

		@ArqueListener(id = "own-factory", queues = "${test.queue}", containerFactory = "oneByOne")
		void handle(String payload) {
			this.recorder.tell(payload);
		}

	}

}
