package io.arque.redis;

import java.util.List;

/**
 * One call of a script, as it was sent.
 *
 * @param lane the lane's name
 * @param arguments all its arguments as text in ISO-8859-1
 * @param now Redis's time, in milliseconds since the epoch
 */
record ModelCall(String lane, List<String> arguments, long now) {

	/** Where the arguments after call number, channels and queue begin. */
	private static final int POLICY = 3;

	long number() {
		return number(0);
	}

	int size() {
		return this.arguments.size();
	}

	String text(int at) {
		return this.arguments.get(at);
	}

	long number(int at) {
		return Long.parseLong(text(at));
	}

	ModelPolicy policy() {
		return new ModelPolicy((int) number(POLICY), (int) number(POLICY + 1), number(POLICY + 2), number(POLICY + 3),
				number(POLICY + 4));
	}

}
