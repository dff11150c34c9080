package io.arque.redis;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What many threads take from an instance at once.
 */
class InstanceTests {

	private static final int THREADS = 8;

	private static final int TURNS = 20_000;

	private final Instance instance = new Instance();

	@Test
	void laneIsLentToOneCallerAtATimeAndNumbersNoTwoCallsAlike() throws Exception {
		Set<String> lent = ConcurrentHashMap.newKeySet();
		Set<String> calls = ConcurrentHashMap.newKeySet();
		inThreads(() -> {
			for (int i = 0; i < TURNS; i++) {
				Lane lane = this.instance.borrowLane();
				assertThat(lent.add(lane.name())).as("lent to nobody else").isTrue();
				assertThat(calls.add(lane.name() + lane.next())).as("a new number").isTrue();
				lent.remove(lane.name());
				this.instance.giveBack(lane);
			}
			return null;
		});
		assertThat(calls).hasSize(THREADS * TURNS);
	}

	@Test
	void noTwoReferencesAreAlike() throws Exception {
		Set<String> references = ConcurrentHashMap.newKeySet();
		inThreads(() -> {
			for (int i = 0; i < TURNS; i++) {
				references.add(this.instance.nextReference());
			}
			return null;
		});
		assertThat(references).hasSize(THREADS * TURNS);
	}

	private static void inThreads(Callable<Void> action) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			List<Callable<Void>> actions = Stream.generate(() -> action).limit(THREADS).toList();
			for (Future<Void> each : threads.invokeAll(actions)) {
				each.get();
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

}
