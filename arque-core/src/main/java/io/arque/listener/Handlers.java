package io.arque.listener;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * {@code Handlers} run tasks on threads of their own.
 */
interface Handlers {

	/**
	 * Runs tasks soon, each on any thread.
	 * @param <T> the tasks' type
	 * @param tasks the tasks
	 * @param refused is given each task that will not run, and why, such as "unable to
	 * create native thread"
	 */
	<T extends Runnable> void execute(List<T> tasks, BiConsumer<T, Throwable> refused);

	/**
	 * Returns what hands each task over by itself.
	 * @param executor to whom
	 * @return the handlers
	 */
	static Handlers of(Executor executor) {
		return new Handlers() {

			@Override
			public <T extends Runnable> void execute(List<T> tasks, BiConsumer<T, Throwable> refused) {
				for (T task : tasks) {
					try {
						executor.execute(task);
					}
					catch (RuntimeException | Error ex) {
						refused.accept(task, ex);
					}
				}
			}

		};
	}

}
