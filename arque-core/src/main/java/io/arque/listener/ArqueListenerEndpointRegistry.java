package io.arque.listener;

import java.lang.reflect.Type;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;

/**
 * {@code ArqueListenerEndpointRegistry} holds the containers of all listeners and starts
 * and stops them with the application, all side by side. When it is started again after a
 * stop, those that were started by hand run again too. Safe for use by many threads.
 *
 * @since 0.1.0
 */
public final class ArqueListenerEndpointRegistry implements SmartLifecycle, DisposableBean {

	private final Map<String, ArqueListenerContainer> containers = new LinkedHashMap<>();

	private final Map<String, Type> payloadTypes = new LinkedHashMap<>();

	/**
	 * Containers that ran when the registry was stopped; they run again when it starts.
	 */
	private final Set<ArqueListenerContainer> toResume = new HashSet<>();

	private boolean running;

	/**
	 * Adds a listener. Its container starts with the others, or now if they run.
	 * @param endpoint what to listen to and what to call
	 * @param factory makes the container
	 * @throws IllegalStateException if the id is taken, or another listener wants another
	 * payload type from the same queue
	 */
	public synchronized void register(ArqueListenerEndpoint endpoint, ArqueListenerContainerFactory factory) {
		if (this.containers.containsKey(endpoint.id())) {
			throw new IllegalStateException("There is a listener with the id '" + endpoint.id() + "' already");
		}
		Type type = endpoint.payloadType();
		if (type != null) {
			for (String queue : endpoint.queues()) {
				Type other = this.payloadTypes.putIfAbsent(queue, type);
				if (other != null && !other.equals(type)) {
					throw new IllegalStateException("Listener '" + endpoint.id() + "' wants " + type.getTypeName()
							+ " from queue '" + queue + "', another listener wants " + other.getTypeName()
							+ ": either could get any task; use two queues");
				}
			}
		}
		ArqueListenerContainer container = factory.createContainer(endpoint);
		this.containers.put(endpoint.id(), container);
		if (this.running && container.isAutoStartup()) {
			container.start();
		}
	}

	/**
	 * Returns a container.
	 * @param id the listener's id
	 * @return its container, none if there is no such listener
	 */
	public synchronized @Nullable ArqueListenerContainer getContainer(String id) {
		return this.containers.get(id);
	}

	/**
	 * Returns all containers.
	 * @return the containers
	 */
	public synchronized Collection<ArqueListenerContainer> getContainers() {
		return List.copyOf(this.containers.values());
	}

	@Override
	public synchronized void start() {
		this.running = true;
		for (ArqueListenerContainer container : this.containers.values()) {
			if (container.isAutoStartup() || this.toResume.contains(container)) {
				container.start();
			}
		}
		this.toResume.clear();
	}

	@Override
	public void stop() {
		CountDownLatch stopped = new CountDownLatch(1);
		stop(stopped::countDown);
		try {
			stopped.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void stop(Runnable callback) {
		Collection<ArqueListenerContainer> all;
		synchronized (this) {
			this.running = false;
			all = getContainers();
			all.stream().filter(ArqueListenerContainer::isRunning).forEach(this.toResume::add);
		}
		CountDownLatch left = new CountDownLatch(all.size());
		all.forEach((container) -> container.stop(left::countDown));
		Thread waiter = new Thread(() -> {
			try {
				left.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			callback.run();
		}, "arque-stop");
		waiter.start();
	}

	/** A context that is refreshed again destroys its beans without stopping them. */
	@Override
	public void destroy() {
		stop();
	}

	@Override
	public synchronized boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return ArqueListenerContainer.PHASE;
	}

}
