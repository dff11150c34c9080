package io.arque;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;

/**
 * Why a task failed. Together at most 8 kB are kept, the end of the stack trace is cut.
 *
 * @param type the exception's class name, or a name of Arque's own such as
 * {@code io.arque.WorkerCrashed}
 * @param message the exception's message, empty when it has none
 * @param stackTrace the exception's stack trace, empty when there is none
 * @since 0.1.0
 */
public record TaskError(String type, String message, String stackTrace) {

	/**
	 * Takes missing texts as empty.
	 */
	public TaskError {
		type = Objects.requireNonNullElse(type, "");
		message = Objects.requireNonNullElse(message, "");
		stackTrace = Objects.requireNonNullElse(stackTrace, "");
	}

	/**
	 * Describes an exception.
	 * @param exception the exception
	 * @return its type, message and stack trace; the type alone if it cannot tell the
	 * others
	 */
	public static TaskError of(Throwable exception) {
		try {
			StringWriter trace = new StringWriter();
			exception.printStackTrace(new PrintWriter(trace));
			String message = Objects.requireNonNullElse(exception.getMessage(), "");
			return new TaskError(exception.getClass().getName(), message, trace.toString());
		}
		catch (RuntimeException | Error ex) {
			return new TaskError(exception.getClass().getName(), "", "");
		}
	}

}
