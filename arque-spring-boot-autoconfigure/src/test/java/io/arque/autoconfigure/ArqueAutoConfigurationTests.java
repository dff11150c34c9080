package io.arque.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.arque.ArqueMetrics;
import io.arque.ArqueOperations;
import io.arque.PayloadConversionException;
import io.arque.PayloadConverter;
import io.arque.annotation.ArqueListenerAnnotationBeanPostProcessor;
import io.arque.json.JsonPayloadConverter;
import io.arque.listener.AckMode;
import io.arque.listener.ArqueListenerContainerCustomizer;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.ContainerServices;
import io.arque.listener.ContainerSettings;
import io.arque.listener.LeaseKeeper;
import io.arque.listener.SlowLook;
import io.arque.micrometer.MicrometerArqueMetrics;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.WakeUp;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.Mockito.mock;

/**
 * What the auto-configuration defines, and what it leaves to the application.
 */
class ArqueAutoConfigurationTests {

	private final ApplicationContextRunner runner = TestContexts.runner();

	@Test
	void definesEverythingThatAnApplicationNeeds() {
		this.runner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).hasSingleBean(ArqueClient.class);
			assertThat(context).getBean(ArqueOperations.class).isInstanceOf(ArqueTemplate.class);
			assertThat(context).getBean(PayloadConverter.class).isInstanceOf(JsonPayloadConverter.class);
			assertThat(context).getBean(ArqueMetrics.class).isInstanceOf(MicrometerArqueMetrics.class);
			assertThat(context).getBean(WakeUp.class).isSameAs(context.getBean(ArqueClient.class).wakeUp());
			assertThat(context).hasSingleBean(LeaseKeeper.class);
			assertThat(context).hasSingleBean(SlowLook.class);
			assertThat(context).hasSingleBean(ArqueListenerEndpointRegistry.class);
			assertThat(context).hasSingleBean(ArqueListenerAnnotationBeanPostProcessor.class);
			assertThat(context).hasSingleBean(ArqueListenerContainerFactoryConfigurer.class);
			assertThat(context).getBean("arqueListenerContainerFactory")
				.isInstanceOf(ArqueListenerContainerFactory.class);
			assertThat(context).hasSingleBean(ArqueHealthIndicator.class);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { ArqueMetrics.class, PayloadConverter.class, ArqueClient.class, ArqueOperations.class,
			LeaseKeeper.class, SlowLook.class, ArqueListenerContainerFactoryConfigurer.class,
			ArqueListenerEndpointRegistry.class })
	void backsOffWhenTheApplicationDefinesA(Class<?> type) {
		withMock(this.runner, type).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanNamesForType(type)).containsExactly("ofTheApplication");
		});
	}

	@Test
	void backsOffWhenTheApplicationDefinesAWakeUp() {
		this.runner.withUserConfiguration(OwnWakeUp.class)
			.run((context) -> assertThat(context.getBeanNamesForType(WakeUp.class)).containsExactly("ownWakeUp"));
	}

	@Test
	void backsOffWhenTheApplicationDefinesContainerServices() {
		this.runner
			.withBean("ofTheApplication", ContainerServices.class, () -> new ContainerServices(mock(), mock(), mock()))
			.run((context) -> assertThat(context.getBeanNamesForType(ContainerServices.class))
				.containsExactly("ofTheApplication"));
	}

	@Test
	void backsOffWhenTheApplicationDefinesAnAnnotationBeanPostProcessor() {
		this.runner
			.withBean("ofTheApplication", ArqueListenerAnnotationBeanPostProcessor.class,
					ArqueListenerAnnotationBeanPostProcessor::new)
			.run((context) -> assertThat(context.getBeanNamesForType(ArqueListenerAnnotationBeanPostProcessor.class))
				.containsExactly("ofTheApplication"));
	}

	@Test
	void backsOffWhenTheApplicationDefinesTheDefaultContainerFactory() {
		ArqueListenerContainerFactory own = new ArqueListenerContainerFactory(
				new ContainerServices(mock(), mock(), mock()));
		this.runner.withBean("arqueListenerContainerFactory", ArqueListenerContainerFactory.class, () -> own)
			.run((context) -> assertThat(context).getBean(ArqueListenerContainerFactory.class).isSameAs(own));
	}

	@Test
	void keepsTheDefaultContainerFactoryBesideOthers() {
		this.runner
			.withBean("bulkContainerFactory", ArqueListenerContainerFactory.class,
					() -> new ArqueListenerContainerFactory(new ContainerServices(mock(), mock(), mock())))
			.run((context) -> assertThat(context.getBeansOfType(ArqueListenerContainerFactory.class))
				.containsOnlyKeys("bulkContainerFactory", "arqueListenerContainerFactory"));
	}

	@Test
	void leavesNoBeanWhenDisabled() {
		this.runner.withPropertyValues("arque.enabled=false").run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanDefinitionNames())
				.noneMatch((name) -> name.startsWith("arque") || name.contains("io.arque"));
			assertThat(context.getBeansOfType(Object.class).values())
				.noneMatch((bean) -> bean.getClass().getName().startsWith("io.arque."));
		});
	}

	@Test
	void countsNothingWithoutMicrometer() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ArqueAutoConfiguration.class, DataRedisAutoConfiguration.class))
			.withClassLoader(new FilteredClassLoader(MeterRegistry.class))
			.run((context) -> assertThat(context).getBean(ArqueMetrics.class).isSameAs(ArqueMetrics.NONE));
	}

	@Test
	void countsNothingWithoutMeterRegistry() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ArqueAutoConfiguration.class, DataRedisAutoConfiguration.class))
			.run((context) -> assertThat(context).getBean(ArqueMetrics.class).isSameAs(ArqueMetrics.NONE));
	}

	@Test
	void hasNoHealthIndicatorWithoutHealthModule() {
		this.runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class)).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context).hasSingleBean(ArqueTemplate.class);
			assertThat(context).doesNotHaveBean("arqueHealthIndicator");
		});
	}

	@Test
	void takesTextAndBytesWithoutJacksonAndSaysWhatIsMissingForOthers() {
		this.runner.withClassLoader(new FilteredClassLoader(JsonMapper.class)).run((context) -> {
			PayloadConverter converter = context.getBean(PayloadConverter.class);
			assertThat(converter.read(converter.write("Grüße"), String.class)).isEqualTo("Grüße");
			assertThat(converter.read(converter.write(new byte[] { 7 }), byte[].class)).isEqualTo(new byte[] { 7 });
			assertThatExceptionOfType(PayloadConversionException.class).isThrownBy(() -> converter.write(List.of()))
				.withMessageContaining("add spring-boot-starter-jackson");
			assertThatExceptionOfType(PayloadConversionException.class)
				.isThrownBy(() -> converter.read(new byte[0], Duration.class))
				.withMessageContaining("java.time.Duration")
				.withMessageContaining("PayloadConverter bean");
		});
	}

	@Test
	void runsHandlersOnPlatformThreads() {
		this.runner.run((context) -> assertThat(createdSettings(context).virtualThreads()).isFalse());
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void runsHandlersOnVirtualThreadsWhenTheyAreEnabled() {
		this.runner.withPropertyValues("spring.threads.virtual.enabled=true").run((context) -> {
			assertThat(context).hasSingleBean(ArqueListenerContainerFactoryConfigurer.class);
			assertThat(createdSettings(context).virtualThreads()).isTrue();
		});
	}

	@Test
	void appliesCustomizersInTheirOrder() {
		this.runner.withUserConfiguration(TwoCustomizers.class).run((context) -> {
			ContainerSettings settings = createdSettings(context);
			assertThat(settings.concurrency()).isEqualTo(42);
			assertThat(settings.ackMode()).isEqualTo(AckMode.AUTO);
		});
	}

	private static ContainerSettings createdSettings(ApplicationContext context) {
		return context.getBean(ArqueListenerContainerFactory.class)
			.createContainer(Endpoints.doingNothing("settings"))
			.settings();
	}

	private static <T> ApplicationContextRunner withMock(ApplicationContextRunner runner, Class<T> type) {
		return runner.withBean("ofTheApplication", type, () -> mock(type));
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnWakeUp {

		@Bean
		WakeUp ownWakeUp(ArqueClient client) {
			return client.wakeUp();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoCustomizers {

		@Bean
		@Order(2)
		ArqueListenerContainerCustomizer second() {
			return (container) -> container
				.settings(container.settings().withConcurrency(container.settings().concurrency() * 2));
		}

		@Bean
		@Order(1)
		ArqueListenerContainerCustomizer first() {
			return (container) -> container.settings(container.settings().withConcurrency(21));
		}

	}

}
