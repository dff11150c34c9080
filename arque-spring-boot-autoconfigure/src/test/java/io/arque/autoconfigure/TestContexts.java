package io.arque.autoconfigure;

import java.util.UUID;

import io.arque.test.RedisServers;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration;
import org.springframework.boot.health.autoconfigure.registry.HealthContributorRegistryAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * Application contexts as an application with the starter and Actuator has them, on the
 * shared Redis.
 */
final class TestContexts {

	static final String PREFIX = "arque-boot-test";

	/** Lettuce's threads, made once for all contexts; no context closes them. */
	private static final ClientResources RESOURCES = DefaultClientResources.create();

	private TestContexts() {
	}

	static ApplicationContextRunner runner() {
		return onRedis(RedisServers.urlOfApplications());
	}

	/**
	 * Returns a runner for applications that use Redis for more than Arque.
	 */
	static ApplicationContextRunner unrestricted() {
		return onRedis(RedisServers.url());
	}

	static ApplicationContextRunner onRedis(String url) {
		return anywhere().withPropertyValues("spring.data.redis.url=" + url);
	}

	/**
	 * Returns a runner that has to be told where Redis is.
	 */
	static ApplicationContextRunner anywhere() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ArqueHealthContributorAutoConfiguration.class,
					ArqueAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
					DataRedisAutoConfiguration.class, HealthContributorAutoConfiguration.class,
					HealthContributorRegistryAutoConfiguration.class, JacksonAutoConfiguration.class,
					LifecycleAutoConfiguration.class, MetricsAutoConfiguration.class,
					PropertyPlaceholderAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class))
			.withBean("testClientResources", ClientResources.class, () -> RESOURCES)
			.withPropertyValues("spring.data.redis.timeout=10s", "arque.key-prefix=" + PREFIX,
					"arque.defaults.retry.delay=20ms", "arque.defaults.retry.jitter=0ms",
					"arque.listener.shutdown-timeout=5s");
	}

	static String newQueue(String name) {
		return name + "-" + UUID.randomUUID();
	}

}
