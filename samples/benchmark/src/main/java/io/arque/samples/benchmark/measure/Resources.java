package io.arque.samples.benchmark.measure;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;

import org.jspecify.annotations.Nullable;

/**
 * {@code Resources} opens what is needed when it is first needed, and closes it all, the
 * last first.
 */
public final class Resources implements AutoCloseable {

	private final Deque<AutoCloseable> opened = new ArrayDeque<>();

	/**
	 * Opens something now.
	 * @param <T> its type
	 * @param resource the resource
	 * @return the resource
	 */
	public synchronized <T extends AutoCloseable> T add(T resource) {
		this.opened.push(resource);
		return resource;
	}

	/**
	 * Opens something later.
	 * @param <T> its type
	 * @param opens opens it, once
	 * @return returns it
	 */
	public <T extends AutoCloseable> Callable<T> lazily(Callable<T> opens) {
		return new Callable<>() {

			private @Nullable T resource;

			@Override
			public T call() throws Exception {
				synchronized (Resources.this) {
					T current = this.resource;
					if (current == null) {
						current = add(opens.call());
						this.resource = current;
					}
					return current;
				}
			}

		};
	}

	@Override
	public synchronized void close() throws Exception {
		while (!this.opened.isEmpty()) {
			this.opened.pop().close();
		}
	}

}
