package io.arque.samples.benchmark.arque;

import java.util.List;
import java.util.Map;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code ArqueApplication} is a Spring Boot application as a user would write it, with
 * the settings that it would have by default.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class ArqueApplication {

	/**
	 * Runs the application.
	 * @param redis where Redis is, as properties
	 * @param prefix what all keys begin with
	 * @param beans what it has beside Arque
	 * @param properties further properties
	 * @return the running application
	 */
	public static ConfigurableApplicationContext run(Map<String, Object> redis, String prefix, List<Class<?>> beans,
			Map<String, Object> properties) {
		return new SpringApplicationBuilder(ArqueApplication.class).sources(beans.toArray(Class<?>[]::new))
			.web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties(Map.of("spring.data.redis.lettuce.pool.enabled", false, "arque.key-prefix", prefix,
					"spring.data.redis.timeout", "5s", "logging.level.root", "warn"))
			.properties(redis)
			.properties(properties)
			.run();
	}

}
