package io.arque.autoconfigure;

import io.arque.listener.ArqueListenerEndpointRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * {@link org.springframework.boot.autoconfigure.EnableAutoConfiguration
 * Auto-configuration} for {@link ArqueHealthIndicator}.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = ArqueAutoConfiguration.class)
@ConditionalOnClass({ ArqueListenerEndpointRegistry.class, HealthIndicator.class,
		ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(ArqueListenerEndpointRegistry.class)
@ConditionalOnEnabledHealthIndicator("arque")
public final class ArqueHealthContributorAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "arqueHealthIndicator", "arqueHealthContributor" })
	ArqueHealthIndicator arqueHealthIndicator(ArqueListenerEndpointRegistry registry) {
		return new ArqueHealthIndicator(registry);
	}

}
