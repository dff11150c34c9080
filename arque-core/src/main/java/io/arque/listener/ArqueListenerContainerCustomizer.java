package io.arque.listener;

/**
 * Changes a container before its first start. Beans of this type are applied to every
 * container, in their order.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface ArqueListenerContainerCustomizer {

	/**
	 * Changes a container.
	 * @param container the container, not started
	 */
	void customize(ArqueListenerContainer container);

}
