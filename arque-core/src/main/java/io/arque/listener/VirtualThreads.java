package io.arque.listener;

import java.util.concurrent.ThreadFactory;

/**
 * {@code VirtualThreads} makes virtual threads that inherit no thread-locals from the
 * thread that makes them. By reflection, since this is compiled for Java 17. Safe for use
 * by many threads.
 */
final class VirtualThreads {

	private static final ThreadFactory FACTORY = factory();

	private VirtualThreads() {
	}

	/**
	 * Makes a thread.
	 * @param task what it runs
	 * @return the thread, not started
	 */
	static Thread unstarted(Runnable task) {
		return FACTORY.newThread(task);
	}

	private static ThreadFactory factory() {
		try {
			Class<?> type = Class.forName("java.lang.Thread$Builder$OfVirtual");
			Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
			type.getMethod("inheritInheritableThreadLocals", boolean.class).invoke(builder, false);
			return (ThreadFactory) type.getMethod("factory").invoke(builder);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException("Virtual threads need Java 21 or newer", ex);
		}
	}

}
