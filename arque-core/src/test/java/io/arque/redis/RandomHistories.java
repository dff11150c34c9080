package io.arque.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code RandomHistories} draws histories and has them carried out; one that fails is cut
 * down to the steps without which it does not.
 */
final class RandomHistories {

	private static final int STEPS_OF_ONE = 400;

	private static final String QUEUE = "histories";

	private static final List<HistoryStep.Operation> OPERATIONS = Stream.of(HistoryStep.Operation.values())
		.flatMap((operation) -> Stream.generate(() -> operation).limit(operation.weight))
		.toList();

	private final WatchedRedis redis;

	private long calls;

	RandomHistories(RedisConnectionFactory factory, UnaryOperator<String> mutation) {
		this.redis = new WatchedRedis(factory, new QueueKeys(QueueFixture.KEY_PREFIX, QUEUE), mutation);
	}

	/**
	 * Takes steps, a new history every few hundred.
	 * @param seed of the first history; the next has the next number
	 * @param steps how many in all
	 * @return how many scripts were called
	 * @throws AssertionError if a history fails, with the shortest found that does
	 */
	long run(long seed, int steps) {
		this.calls = 0;
		Failed failed = firstFailure(seed, steps);
		if (failed != null) {
			throw shrunk(failed);
		}
		return this.calls;
	}

	/**
	 * Takes steps like {@link #run} and returns the first history that fails, or null.
	 */
	Failed firstFailure(long seed, int steps) {
		for (int taken = 0, i = 0; taken < steps; taken += STEPS_OF_ONE, i++) {
			List<HistoryStep> history = history(seed + i, Math.min(STEPS_OF_ONE, steps - taken));
			AssertionError failure = failure(seed + i, history);
			if (failure != null) {
				return new Failed(seed + i, history, failure);
			}
			this.calls += this.redis.told().size();
		}
		return null;
	}

	/**
	 * Carries out a history, from an empty queue on.
	 * @return what was found wrong, or null
	 */
	AssertionError failure(long seed, List<HistoryStep> history) {
		this.redis.reset();
		HistoryDriver driver = new HistoryDriver(this.redis, QUEUE, seed);
		try {
			history.forEach(driver::take);
			return null;
		}
		catch (AssertionError ex) {
			return ex;
		}
		catch (RuntimeException ex) {
			return new AssertionError(ex);
		}
	}

	private static List<HistoryStep> history(long seed, int steps) {
		SplittableRandom random = new SplittableRandom(seed);
		List<HistoryStep> history = new ArrayList<>();
		for (int i = 0; i < steps; i++) {
			history.add(new HistoryStep(OPERATIONS.get(random.nextInt(OPERATIONS.size())), random.nextLong()));
		}
		return history;
	}

	private AssertionError shrunk(Failed failed) {
		List<HistoryStep> shrunk = shrink(failed.seed, failed.history);
		AssertionError again = failure(failed.seed, shrunk);
		return new AssertionError(
				"A history fails, cut down from " + failed.history.size() + " steps to\nseed " + failed.seed + "L, "
						+ lines(shrunk) + "\nwhich makes the calls\n" + lines(this.redis.told()),
				(again != null) ? again : failed.failure);
	}

	private static String lines(List<?> list) {
		return list.stream().map(Object::toString).collect(Collectors.joining(",\n"));
	}

	/** Leaves out half, a quarter, and so on, as long as it still fails. */
	private List<HistoryStep> shrink(long seed, List<HistoryStep> history) {
		List<HistoryStep> left = history;
		for (int part = history.size() / 2; part > 0; part = (part == 1) ? 0 : (part + 1) / 2) {
			for (int from = 0; from < left.size();) {
				List<HistoryStep> shorter = new ArrayList<>(left);
				shorter.subList(from, Math.min(left.size(), from + part)).clear();
				if (failure(seed, shorter) != null) {
					left = shorter;
				}
				else {
					from += part;
				}
			}
		}
		return left;
	}

	/**
	 * A history that fails.
	 *
	 * @param seed its seed
	 * @param history its steps
	 * @param failure what was found wrong
	 */
	record Failed(long seed, List<HistoryStep> history, AssertionError failure) {
	}

}
