package io.arque.listener;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * {@code ArqueListenerContainerFactory} makes the containers of listeners. A listener
 * names another factory by {@code containerFactory}. Set it up before it is used.
 *
 * @since 0.1.0
 */
public final class ArqueListenerContainerFactory {

	private final ContainerServices services;

	private ContainerSettings settings = ContainerSettings.DEFAULTS;

	private Function<String, @Nullable Integer> queueConcurrency = (queue) -> null;

	private final List<ArqueListenerContainerCustomizer> customizers = new ArrayList<>();

	/**
	 * Creates a factory.
	 * @param services what the containers share
	 */
	public ArqueListenerContainerFactory(ContainerServices services) {
		this.services = services;
	}

	/**
	 * Sets how containers work whose endpoint sets nothing itself.
	 * @param settings the settings
	 */
	public void setSettings(ContainerSettings settings) {
		this.settings = settings;
	}

	/**
	 * Sets the concurrency of a queue's containers, which an endpoint's own beats. With
	 * several queues on one endpoint the highest counts.
	 * @param queueConcurrency gives it by the queue's name, none for that of the settings
	 */
	public void setQueueConcurrency(Function<String, @Nullable Integer> queueConcurrency) {
		this.queueConcurrency = queueConcurrency;
	}

	/**
	 * Returns who settles tasks whose endpoint does not say.
	 * @return the mode
	 */
	public AckMode ackMode() {
		return this.settings.ackMode();
	}

	/**
	 * Adds what changes every container.
	 * @param customizer the customizer
	 */
	public void addCustomizer(ArqueListenerContainerCustomizer customizer) {
		this.customizers.add(customizer);
	}

	/**
	 * Makes a container. It is not started.
	 * @param endpoint what to listen to and what to call
	 * @return a new container
	 */
	public ArqueListenerContainer createContainer(ArqueListenerEndpoint endpoint) {
		ContainerSettings base = endpoint.queues()
			.stream()
			.map(this.queueConcurrency)
			.filter(Objects::nonNull)
			.max(Integer::compare)
			.map(this.settings::withConcurrency)
			.orElse(this.settings);
		ArqueListenerContainer container = new ArqueListenerContainer(endpoint, base.with(endpoint.overrides()),
				this.services);
		this.customizers.forEach((customizer) -> customizer.customize(container));
		return container;
	}

}
