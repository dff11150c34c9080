package io.arque;

/**
 * The Redis server is older than Arque needs: nothing was enqueued or changed, and
 * listeners fetch nothing, until it is a newer one.
 *
 * @since 0.1.0
 */
public class UnsupportedRedisVersionException extends ArqueException {

	private final String version;

	/**
	 * Creates the exception.
	 * @param version the server's version
	 * @param required the oldest version that will do
	 */
	public UnsupportedRedisVersionException(String version, String required) {
		super("Redis " + version + " is too old, Arque needs Redis " + required + " or newer, or Valkey: "
				+ "upgrade the server or connect to another one");
		this.version = version;
	}

	/**
	 * Returns the server's version.
	 * @return as the server tells it
	 */
	public String version() {
		return this.version;
	}

}
