package io.arque.test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.slf4j.LoggerFactory;

/**
 * What a logger is told, until it is closed.
 */
public final class LogCapture implements AutoCloseable {

	private final Logger logger;

	private final Level before;

	private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

	public LogCapture(String name) {
		this(name, Level.DEBUG);
	}

	public LogCapture(String name, Level level) {
		this.logger = (Logger) LoggerFactory.getLogger(name);
		this.before = this.logger.getLevel();
		this.logger.setLevel(level);
		this.appender.list = new CopyOnWriteArrayList<>(); // loggers add while tests look
		this.appender.start();
		this.logger.addAppender(this.appender);
	}

	/**
	 * Returns the messages of this level so far.
	 */
	public List<String> messages(Level level) {
		return this.appender.list.stream()
			.filter((event) -> event.getLevel() == level)
			.map(ILoggingEvent::getFormattedMessage)
			.toList();
	}

	/**
	 * Returns the messages of WARN and ERROR so far that contain a text.
	 */
	public List<String> complaints(String text) {
		return this.appender.list.stream()
			.filter((event) -> event.getLevel().isGreaterOrEqual(Level.WARN))
			.map(ILoggingEvent::getFormattedMessage)
			.filter((message) -> message.contains(text))
			.toList();
	}

	@Override
	public void close() {
		this.logger.detachAppender(this.appender);
		this.logger.setLevel(this.before);
	}

}
