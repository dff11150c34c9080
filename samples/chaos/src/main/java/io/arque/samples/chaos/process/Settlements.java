package io.arque.samples.chaos.process;

import java.util.Set;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;
import org.slf4j.LoggerFactory;

/**
 * {@code Settlements} records what Redis said to each settlement, of listeners and of
 * workers by hand. Arque tells it to the logger {@code io.arque.queue} at level DEBUG,
 * when the answer has come.
 */
final class Settlements extends AppenderBase<ILoggingEvent> {

	/** Queue, verb, id, token and answer. */
	private static final int ARGUMENTS = 5;

	private final RecordWriter record;

	private final Set<String> queues;

	private final Logger root;

	private Settlements(RecordWriter record, Set<String> queues, Logger root) {
		this.record = record;
		this.queues = queues;
		this.root = root;
	}

	/**
	 * Begins.
	 * @param record where to write
	 * @param queues the queues whose settlements are recorded
	 */
	static void record(RecordWriter record, Set<String> queues) {
		LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
		Logger logger = context.getLogger("io.arque.queue");
		Settlements settlements = new Settlements(record, queues, context.getLogger(Logger.ROOT_LOGGER_NAME));
		settlements.setContext(context);
		settlements.start();
		logger.setLevel(Level.DEBUG);
		logger.setAdditive(false);
		logger.addAppender(settlements);
	}

	/** An appender that throws is not heard of, and what it missed would look well. */
	@Override
	protected void append(ILoggingEvent event) {
		try {
			write(event);
		}
		catch (RuntimeException | Error ex) {
			Parent.halt(ex);
		}
	}

	private void write(ILoggingEvent event) {
		if (event.getLevel() != Level.DEBUG) {
			this.root.callAppenders(event);
			return;
		}
		Object[] arguments = event.getArgumentArray();
		if (arguments == null || arguments.length != ARGUMENTS) {
			throw new IllegalStateException("Not a settlement: " + event.getMessage());
		}
		if (!this.queues.contains(arguments[0].toString())) {
			return;
		}
		boolean lost = "LOST".equals(arguments[4].toString());
		String verb = arguments[1].toString().replace(' ', '-');
		this.record.write(lost ? Kind.REFUSED : Kind.SETTLED, verb, arguments[2], arguments[3]);
	}

}
