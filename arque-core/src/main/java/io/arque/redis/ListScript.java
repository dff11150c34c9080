package io.arque.redis;

import java.util.List;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.core.script.RedisScript;

/**
 * {@code ListScript} is a script that returns a list, and knows the list's shape. When a
 * connection breaks in the middle of an answer, Lettuce sends the call again and adds
 * what then comes to what it had read before: such an answer must be told from a real
 * one.
 *
 * @param script the script
 * @param shape matches the types of what it returns, see {@link #types}
 */
record ListScript(RedisScript<?> script, Pattern shape) implements RedisScript<List<Object>> {

	@Override
	public String getSha1() {
		return this.script.getSha1();
	}

	@Override
	@SuppressWarnings({ "unchecked", "rawtypes" })
	public Class<List<Object>> getResultType() {
		return (Class) List.class;
	}

	@Override
	public String getScriptAsString() {
		return this.script.getScriptAsString();
	}

	/**
	 * Whether this can be what the script returned.
	 * @param answer the answer
	 * @return whether its types are those of the script's list
	 */
	boolean isWhole(@Nullable Object answer) {
		StringBuilder types = new StringBuilder();
		if (answer instanceof List<?> list) {
			list.forEach((element) -> types(element, types));
		}
		return this.shape.matcher(types).matches();
	}

	/**
	 * Tells the types of an answer: {@code n} a number, {@code b} bytes, {@code -}
	 * nothing, and the elements of a list in brackets.
	 */
	private static void types(@Nullable Object element, StringBuilder types) {
		if (element instanceof List<?> list) {
			types.append('(');
			list.forEach((each) -> types(each, types));
			types.append(')');
		}
		else if (element == null) {
			types.append('-');
		}
		else {
			types.append((element instanceof Long) ? 'n' : 'b');
		}
	}

}
