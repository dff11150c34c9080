package io.arque.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * {@code ArqueRedisConnections} chooses among an application's connection factories: the
 * one marked with {@link ArqueConnectionFactory @ArqueConnectionFactory}, else the only
 * or the primary one.
 */
final class ArqueRedisConnections {

	private final ObjectProvider<RedisConnectionFactory> marked;

	private final ObjectProvider<RedisConnectionFactory> all;

	ArqueRedisConnections(ObjectProvider<RedisConnectionFactory> marked, ObjectProvider<RedisConnectionFactory> all) {
		this.marked = marked;
		this.all = all;
	}

	/**
	 * Returns the connection factory to use.
	 * @return the connection factory
	 * @throws ConnectionFactoryChoiceException if none can be chosen
	 */
	RedisConnectionFactory choose() {
		try {
			RedisConnectionFactory chosen = this.marked.getIfAvailable();
			return (chosen != null) ? chosen : this.all.getObject();
		}
		catch (NoUniqueBeanDefinitionException ex) {
			throw new ConnectionFactoryChoiceException(ex.getBeanNamesFound());
		}
		catch (NoSuchBeanDefinitionException ex) {
			throw new ConnectionFactoryChoiceException(null);
		}
	}

	/**
	 * Returns the connection factory to use, if one can be chosen.
	 * @return the connection factory
	 */
	@Nullable RedisConnectionFactory chooseIfClear() {
		try {
			return choose();
		}
		catch (ConnectionFactoryChoiceException ex) {
			return null;
		}
	}

}
