package io.arque.samples.benchmark.server;

import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * {@code ServerInfo} is what the server's {@code INFO} says.
 */
public final class ServerInfo {

	private final Map<String, String> fields;

	private ServerInfo(Map<String, String> fields) {
		this.fields = fields;
	}

	static ServerInfo of(String text) {
		Map<String, String> fields = new LinkedHashMap<>();
		text.lines().filter((line) -> line.contains(":") && !line.startsWith("#")).forEach((line) -> {
			int colon = line.indexOf(':');
			fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
		});
		return new ServerInfo(fields);
	}

	@Nullable String text(String field) {
		return this.fields.get(field);
	}

	/**
	 * Returns a number.
	 * @param field its field
	 * @return the number, 0 if there is none
	 */
	public long number(String field) {
		return Long.parseLong(this.fields.getOrDefault(field, "0"));
	}

	/**
	 * Returns how often commands were called, by clients or by scripts.
	 * @param prefix what the commands' names begin with, in lower case
	 * @return the calls, from the section {@code commandstats}
	 */
	public long calls(String prefix) {
		return this.fields.entrySet()
			.stream()
			.filter((entry) -> entry.getKey().startsWith("cmdstat_" + prefix))
			.mapToLong((entry) -> Long.parseLong(entry.getValue().replaceAll("^calls=(\\d+),.*", "$1")))
			.sum();
	}

}
