package io.arque.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.arque.ArqueOperations;
import io.arque.annotation.ArqueListener;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.annotation.RedisListener;
import org.springframework.data.redis.connection.MessageListener;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application's own subscriptions and templates beside Arque's.
 */
class BesideRedisListenersTests {

	private final Recorder recorder = new Recorder();

	private final String queue = TestContexts.newQueue("beside");

	private final ApplicationContextRunner runner = TestContexts.unrestricted()
		.withBean(Recorder.class, () -> this.recorder)
		.withBean(Listener.class)
		.withBean(Patient.class)
		.withPropertyValues("test.queue=" + this.queue, "test.topic=topic-" + this.queue);

	@Test
	void messageListenerContainerOfTheApplicationGetsItsMessagesAndArqueItsOwn() {
		this.runner.withUserConfiguration(OwnContainer.class).run((context) -> {
			assertThat(context.getBeansOfType(RedisMessageListenerContainer.class)).containsKey("ownContainer");
			publish(context.getBean(StringRedisTemplate.class), "hello");
			this.recorder.assertThatNextIs("message", "hello");
			context.getBean(ArqueOperations.class).enqueue(this.queue, "work");
			this.recorder.assertThatNextIs("task", "work");
			publish(context.getBean(StringRedisTemplate.class), "again");
			this.recorder.assertThatNextIs("message", "again");
		});
	}

	@Test
	void redisListenerMethodGetsItsMessagesAndArqueListenerItsTasks() {
		this.runner.withUserConfiguration(Annotated.class).run((context) -> {
			publish(context.getBean(StringRedisTemplate.class), "hello");
			this.recorder.assertThatNextIs("message", "hello");
			context.getBean(ArqueOperations.class).enqueue(this.queue, "work");
			this.recorder.assertThatNextIs("task", "work");
		});
	}

	@Test
	void addsNoTemplateAndNoSubscriptionToTheApplicationsBeans() {
		Map<Boolean, Set<String>> names = new HashMap<>();
		for (boolean enabled : new boolean[] { true, false }) {
			TestContexts.runner().withPropertyValues("arque.enabled=" + enabled).run((context) -> {
				Set<String> found = new TreeSet<>(context.getBeansOfType(RedisTemplate.class).keySet());
				found.addAll(context.getBeansOfType(RedisMessageListenerContainer.class).keySet());
				found.addAll(context.getBeansOfType(RedisConnectionFactory.class).keySet());
				names.put(enabled, found);
			});
		}
		assertThat(names.get(true)).isNotEmpty().isEqualTo(names.get(false));
	}

	private void publish(StringRedisTemplate template, String message) {
		assertThat(template.convertAndSend("topic-" + this.queue, message)).isEqualTo(1);
	}

	/**
	 * Spring gives a subscription two seconds.
	 */
	static class Patient implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof RedisMessageListenerContainer container) {
				container.setMaxSubscriptionRegistrationWaitingTime(30_000);
			}
			return bean;
		}

	}

	static class Listener {

		private final Recorder recorder;

		Listener(Recorder recorder) {
			this.recorder = recorder;
		}

		@ArqueListener("${test.queue}")
		void handle(String payload) {
			this.recorder.tell("task", payload);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnContainer {

		@Bean
		RedisMessageListenerContainer ownContainer(RedisConnectionFactory factory, Recorder recorder,
				Environment environment) {
			RedisMessageListenerContainer container = new RedisMessageListenerContainer();
			container.setConnectionFactory(factory);
			MessageListener listener = (message, pattern) -> recorder.tell("message",
					new String(message.getBody(), StandardCharsets.UTF_8));
			container.addMessageListener(listener, ChannelTopic.of(environment.getRequiredProperty("test.topic")));
			return container;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Annotated {

		private final Recorder recorder;

		Annotated(Recorder recorder) {
			this.recorder = recorder;
		}

		@RedisListener("${test.topic}")
		void hear(String message) {
			this.recorder.tell("message", message);
		}

	}

}
