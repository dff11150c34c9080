package io.arque.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * {@code ConnectionFactoryChoiceFailureAnalyzer} says how to tell Arque which connection
 * factory to use.
 */
final class ConnectionFactoryChoiceFailureAnalyzer extends AbstractFailureAnalyzer<ConnectionFactoryChoiceException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ConnectionFactoryChoiceException cause) {
		if (cause.candidates().isEmpty()) {
			return new FailureAnalysis("Arque needs a bean of type RedisConnectionFactory, and there is none.",
					"Define one, or let Spring Boot do it: is DataRedisAutoConfiguration excluded, or no Redis client"
							+ " (Lettuce or Jedis) on the class path? To start without Arque, set"
							+ " 'arque.enabled' to 'false'.",
					cause);
		}
		return new FailureAnalysis(
				"Arque needs one bean of type RedisConnectionFactory, and could use any of these: "
						+ String.join(", ", cause.candidates()) + ".",
				"Mark the bean method of the one that Arque should use with @ArqueConnectionFactory (only one of"
						+ " them), or mark one as @Primary for the whole application.",
				cause);
	}

}
