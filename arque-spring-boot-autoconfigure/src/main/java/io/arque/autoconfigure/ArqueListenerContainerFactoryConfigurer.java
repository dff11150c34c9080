package io.arque.autoconfigure;

import java.util.List;

import io.arque.listener.ArqueListenerContainerCustomizer;
import io.arque.listener.ArqueListenerContainerFactory;

/**
 * {@code ArqueListenerContainerFactoryConfigurer} sets up a container factory as
 * {@code arque.*} says. An application that defines a factory of its own starts from it,
 * and from the {@link io.arque.listener.ContainerServices} bean: <pre class="code">
 * &#064;Bean
 * ArqueListenerContainerFactory bulkContainerFactory(ContainerServices services,
 * 		ArqueListenerContainerFactoryConfigurer configurer) {
 * 	ArqueListenerContainerFactory factory = new ArqueListenerContainerFactory(services);
 * 	configurer.configure(factory);
 * 	factory.addCustomizer(...);
 * 	return factory;
 * }
 * </pre>
 *
 * @since 0.1.0
 */
public final class ArqueListenerContainerFactoryConfigurer {

	private final ArqueProperties properties;

	private final List<ArqueListenerContainerCustomizer> customizers;

	private final boolean virtualThreads;

	ArqueListenerContainerFactoryConfigurer(ArqueProperties properties,
			List<ArqueListenerContainerCustomizer> customizers, boolean virtualThreads) {
		this.properties = properties;
		this.customizers = customizers;
		this.virtualThreads = virtualThreads;
	}

	/**
	 * Sets up a container factory. It can be changed further.
	 * @param factory the factory
	 */
	@SuppressWarnings("NullAway") // does not see @Nullable in the generics of compiled
									// code
	public void configure(ArqueListenerContainerFactory factory) {
		factory.setSettings(this.properties.toContainerSettings(this.virtualThreads));
		factory.setQueueConcurrency(this.properties::concurrency);
		this.customizers.forEach(factory::addCustomizer);
	}

}
