package io.arque.autoconfigure;

import java.util.Collection;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * It is not clear which connection factory Arque should use.
 */
final class ConnectionFactoryChoiceException extends RuntimeException {

	private final transient List<String> candidates;

	/**
	 * Creates the exception.
	 * @param candidates the names of the beans that it could be, none if there is no such
	 * bean
	 */
	ConnectionFactoryChoiceException(@Nullable Collection<String> candidates) {
		super((candidates != null) ? "Arque cannot choose among the connection factories " + candidates
				: "Arque needs a RedisConnectionFactory bean, there is none");
		this.candidates = (candidates != null) ? List.copyOf(candidates) : List.of();
	}

	List<String> candidates() {
		return this.candidates;
	}

}
