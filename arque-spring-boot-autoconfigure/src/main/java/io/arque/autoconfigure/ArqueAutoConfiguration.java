package io.arque.autoconfigure;

import io.arque.ArqueMetrics;
import io.arque.ArqueOperations;
import io.arque.PayloadConverter;
import io.arque.annotation.ArqueListenerAnnotationBeanPostProcessor;
import io.arque.json.JsonPayloadConverter;
import io.arque.listener.ArqueListenerContainerCustomizer;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.listener.ContainerServices;
import io.arque.listener.LeaseKeeper;
import io.arque.listener.SlowLook;
import io.arque.micrometer.MicrometerArqueMetrics;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.DirectConnections;
import io.arque.redis.Durability;
import io.arque.redis.WakeUp;
import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnThreading;
import org.springframework.boot.autoconfigure.context.LifecycleProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.thread.Threading;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for Arque: {@link ArqueOperations} to enqueue, and containers for
 * methods marked with {@link io.arque.annotation.ArqueListener @ArqueListener}. Every
 * bean backs off to one of the application's own.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = DataRedisAutoConfiguration.class,
		afterName = { "org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnClass({ ArqueClient.class, RedisConnectionFactory.class })
@ConditionalOnBooleanProperty(name = "arque.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ArqueProperties.class)
public final class ArqueAutoConfiguration {

	private final ArqueProperties properties;

	ArqueAutoConfiguration(ArqueProperties properties) {
		properties.check();
		this.properties = properties;
	}

	@Bean
	@ConditionalOnMissingBean(ArqueListenerAnnotationBeanPostProcessor.class)
	static ArqueListenerAnnotationBeanPostProcessor arqueListenerAnnotationBeanPostProcessor() {
		return new ArqueListenerAnnotationBeanPostProcessor();
	}

	@Bean
	static ListenerLazyInitializationExcludeFilter arqueListenerLazyInitializationExcludeFilter() {
		return new ListenerLazyInitializationExcludeFilter();
	}

	@Bean
	@ConditionalOnMissingBean(ArqueMetrics.class)
	ArqueMetrics arqueMetrics() {
		return ArqueMetrics.NONE;
	}

	@Bean
	@ConditionalOnMissingBean(PayloadConverter.class)
	TextAndBytesPayloadConverter arquePayloadConverter() {
		return new TextAndBytesPayloadConverter();
	}

	@Bean
	ArqueRedisConnections arqueRedisConnections(
			@ArqueConnectionFactory ObjectProvider<RedisConnectionFactory> markedForArque,
			ObjectProvider<RedisConnectionFactory> anyForArque) {
		return new ArqueRedisConnections(markedForArque, anyForArque);
	}

	@Bean
	@ConditionalOnMissingBean
	ArqueClient arqueClient(ArqueRedisConnections connections, PayloadConverter converter, ArqueMetrics metrics,
			ObjectProvider<DirectConnections> directConnections) {
		return new ArqueClient(connections.choose(), this.properties.toSettings(), converter, metrics,
				durability(directConnections));
	}

	private @Nullable Durability durability(ObjectProvider<DirectConnections> connections) {
		int minReplicas = this.properties.durability().minReplicas();
		if (minReplicas == 0) {
			return null;
		}
		DirectConnections direct = connections.getIfAvailable();
		if (direct == null) {
			throw new InvalidConfigurationPropertyValueException("arque.durability.min-replicas", minReplicas,
					"arque.durability.min-replicas needs Lettuce, or a DirectConnections bean.");
		}
		return new Durability(minReplicas, this.properties.durability().timeout(), direct);
	}

	@Bean
	@ConditionalOnMissingBean(ArqueOperations.class)
	ArqueTemplate arqueTemplate(ArqueClient client) {
		return new ArqueTemplate(client);
	}

	@Bean
	@ConditionalOnMissingBean
	WakeUp arqueWakeUp(ArqueClient client) {
		return client.wakeUp();
	}

	@Bean
	@ConditionalOnMissingBean
	LeaseKeeper arqueLeaseKeeper() {
		return new LeaseKeeper();
	}

	@Bean
	@ConditionalOnMissingBean
	SlowLook arqueSlowLook(ArqueClient client) {
		return new SlowLook(client, this.properties.sweepInterval(), this.properties.metrics().refreshInterval());
	}

	@Bean
	@ConditionalOnMissingBean
	ContainerServices arqueContainerServices(ArqueClient client, LeaseKeeper leaseKeeper, SlowLook slowLook) {
		return new ContainerServices(client, leaseKeeper, slowLook);
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnThreading(Threading.PLATFORM)
	ArqueListenerContainerFactoryConfigurer arqueListenerContainerFactoryConfigurer(
			ObjectProvider<ArqueListenerContainerCustomizer> customizers) {
		return new ArqueListenerContainerFactoryConfigurer(this.properties, customizers.orderedStream().toList(),
				false);
	}

	@Bean(name = "arqueListenerContainerFactoryConfigurer")
	@ConditionalOnMissingBean
	@ConditionalOnThreading(Threading.VIRTUAL)
	ArqueListenerContainerFactoryConfigurer arqueListenerContainerFactoryConfigurerVirtualThreads(
			ObjectProvider<ArqueListenerContainerCustomizer> customizers) {
		return new ArqueListenerContainerFactoryConfigurer(this.properties, customizers.orderedStream().toList(), true);
	}

	@Bean(name = ArqueListenerAnnotationBeanPostProcessor.DEFAULT_CONTAINER_FACTORY)
	@ConditionalOnMissingBean(name = ArqueListenerAnnotationBeanPostProcessor.DEFAULT_CONTAINER_FACTORY)
	ArqueListenerContainerFactory arqueListenerContainerFactory(ContainerServices services,
			ArqueListenerContainerFactoryConfigurer configurer) {
		ArqueListenerContainerFactory factory = new ArqueListenerContainerFactory(services);
		configurer.configure(factory);
		return factory;
	}

	@Bean
	@ConditionalOnMissingBean
	ArqueListenerEndpointRegistry arqueListenerEndpointRegistry(ContainerServices services) {
		// what containers use is destroyed after them, since this bean asks for it
		return new ArqueListenerEndpointRegistry();
	}

	@Bean
	StartWarnings arqueStartWarnings(ArqueListenerEndpointRegistry registry, ArqueClient client,
			ArqueRedisConnections connections, ObjectProvider<DataRedisProperties> redis,
			ObjectProvider<LifecycleProperties> lifecycle) {
		return new StartWarnings(registry, client, connections, redis.getIfAvailable(), lifecycle.getIfAvailable());
	}

	/**
	 * Connections that wait for replicas, where Lettuce is; made when they are asked for.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RedisClient.class)
	static class LettuceConfiguration {

		@Bean
		@Lazy
		@ConditionalOnMissingBean
		DirectConnections arqueDirectConnections(ArqueRedisConnections connections, ArqueProperties properties) {
			if (connections.choose() instanceof LettuceConnectionFactory lettuce) {
				return new LettuceDirectConnections(lettuce, properties.durability().timeout());
			}
			throw new InvalidConfigurationPropertyValueException("arque.durability.min-replicas",
					properties.durability().minReplicas(), "arque.durability.min-replicas needs Lettuce.");
		}

	}

	/**
	 * Payloads as JSON, where Jackson is.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(JsonMapper.class)
	@ConditionalOnBean(JsonMapper.class)
	static class JsonConfiguration {

		@Bean
		@ConditionalOnMissingBean(PayloadConverter.class)
		JsonPayloadConverter arquePayloadConverter(JsonMapper mapper) {
			return new JsonPayloadConverter(mapper);
		}

	}

	/**
	 * Metrics, where Micrometer is.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	@ConditionalOnBean(MeterRegistry.class)
	static class MicrometerConfiguration {

		@Bean
		@ConditionalOnMissingBean(ArqueMetrics.class)
		MicrometerArqueMetrics arqueMetrics(MeterRegistry registry) {
			return new MicrometerArqueMetrics(registry);
		}

	}

}
