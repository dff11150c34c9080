package io.arque.redis;

import java.util.List;

import org.springframework.data.redis.core.RedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * {@code Sender} brings a script's call to Redis, once.
 */
interface Sender {

	/**
	 * Sends a call and waits for the answer.
	 * @param <T> what the script returns
	 * @param script the script
	 * @param keys its keys
	 * @param arguments its arguments
	 * @return what it returned
	 * @throws org.springframework.dao.DataAccessException if Redis cannot be reached,
	 * does not answer, or refuses
	 */
	<T> T send(RedisScript<T> script, List<byte[]> keys, Object[] arguments);

	/**
	 * Returns what sends through a template.
	 * @param template the template
	 * @return the sender
	 */
	static Sender through(RedisTemplate<byte[], byte[]> template) {
		return new Sender() {

			@Override
			@SuppressWarnings({ "unchecked", "NullAway" }) // the executor takes any
															// serializer for the elements
															// of a list
			public <T> T send(RedisScript<T> script, List<byte[]> keys, Object[] arguments) {
				return template.execute(script, RedisSerializer.byteArray(),
						(RedisSerializer<T>) (RedisSerializer<?>) RedisSerializer.byteArray(), keys, arguments);
			}
		};
	}

}
