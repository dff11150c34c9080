package io.arque.listener;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

import io.arque.redis.Fetch.Join;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * {@code Rounds} are the calls of a loop: in each round every queue that is due has a
 * turn, which tells Redis what has finished, fetches as many tasks as its part of the
 * free permits, and has them run. One that fails holds up no other for longer than a call
 * takes. For use by the loop's thread, but for {@link #accept}.
 */
final class Rounds {

	private static final Logger logger = LoggerFactory.getLogger("io.arque.listener");

	private final String id;

	private final QueueSources sources;

	private final TaskStarter starter;

	private final Permits permits;

	private final Pace pace;

	private final Outages outages;

	/** Which source gave tasks last, none before the first. */
	private @Nullable QueueSource lastGiving;

	Rounds(String id, QueueSources sources, TaskStarter starter, Permits permits, Pace pace) {
		this.id = id;
		this.sources = sources;
		this.starter = starter;
		this.permits = permits;
		this.pace = pace;
		this.outages = new Outages(logger, "Listener " + id + ": queue {} cannot be reached",
				"Listener " + id + ": queue {} can be reached again");
	}

	/**
	 * Makes one round. If a turn fails, such as for want of memory, the others have
	 * theirs before that is thrown.
	 * @return whether any was due
	 */
	boolean make() {
		this.sources.grow();
		int due = due();
		int turned = 0;
		Throwable failure = null;
		for (QueueSource source : inTurn()) {
			if (source.isDue(this.starter.isStopping() ? 0 : this.permits.free(), System.nanoTime())) {
				try {
					turn(source, Math.max(1, due - turned++));
				}
				catch (RuntimeException | Error ex) {
					failure = ex;
				}
			}
		}
		if (failure != null) {
			ReflectionUtils.rethrowRuntimeException(failure);
		}
		return turned > 0;
	}

	/**
	 * Returns all sources, beginning behind the one that last gave tasks; those that
	 * failed come last, since a call to them may take long.
	 */
	private List<QueueSource> inTurn() {
		if (this.sources.all().size() == 1) {
			return this.sources.all();
		}
		List<QueueSource> inTurn = new ArrayList<>(this.sources.all());
		Collections.rotate(inTurn, -1 - inTurn.indexOf(this.lastGiving));
		inTurn.sort(Comparator.comparing(QueueSource::isFailing));
		return inTurn;
	}

	private int due() {
		if (this.sources.all().size() == 1) {
			return 1;
		}
		int due = 0;
		for (QueueSource source : this.sources.all()) {
			due += source.isDue(this.permits.free(), System.nanoTime()) ? 1 : 0;
		}
		return due;
	}

	/**
	 * Fetches from one source.
	 * @param among how many have a turn now, this one included
	 */
	private void turn(QueueSource source, int among) {
		if (!source.isUnanswered()) {
			source.prepare(this.starter.isStopping() ? 0 : this.permits.take(among, !source.hasMore()),
					this.starter.isStopping() ? Join.NEVER : Join.WHEN_SHORT);
		}
		QueueCaller.Answer answer;
		this.pace.calls();
		try {
			answer = source.send();
		}
		catch (RuntimeException | Error ex) { // nothing ends the loop
			this.outages.failed(source.partition().tag(), ex);
			return;
		}
		finally {
			this.pace.called();
		}
		if (!answer.fetched().tasks().isEmpty()) {
			this.lastGiving = source;
		}
		try {
			takeAll(source, answer);
		}
		catch (RuntimeException | Error ex) { // such as an OutOfMemoryError
			logger.error("Listener {}: not all that queue {} gave could be taken", this.id, source.partition(), ex);
		}
		this.outages.succeeded(source.partition().tag());
	}

	private void takeAll(QueueSource source, QueueCaller.Answer answer) {
		try {
			accept(source, answer);
		}
		finally {
			source.learn(answer);
		}
	}

	/** Takes the answer to a call, of the loop or beside it. Called from any thread. */
	void accept(QueueSource source, QueueCaller.Answer answer) {
		this.permits.giveBack(answer.freed());
		// what gave nothing has nothing that can be taken now, such as tasks that this
		// version cannot read
		source.hasMore(answer.fetched().more() && !answer.fetched().tasks().isEmpty());
		this.starter.start(source, answer.fetched());
	}

}
