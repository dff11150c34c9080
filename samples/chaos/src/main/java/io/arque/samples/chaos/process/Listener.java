package io.arque.samples.chaos.process;

import io.arque.LeasedTask;
import io.arque.annotation.ArqueListener;

/**
 * {@code Listener} works on all queues as Arque's users do.
 */
class Listener {

	private final Work work;

	Listener(Work work) {
		this.work = work;
	}

	@ArqueListener(queues = "${chaos.queues}", concurrency = "${chaos.concurrency}")
	void work(LeasedTask task) throws InterruptedException {
		this.work.doTask(task);
	}

}
