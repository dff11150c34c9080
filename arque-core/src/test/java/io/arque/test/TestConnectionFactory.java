package io.arque.test;

import java.util.function.Supplier;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * {@code TestConnectionFactory} is a test's own way to its servers, as an administrator,
 * and brings along that of the applications in the test, which is as long-lived.
 */
final class TestConnectionFactory extends LettuceConnectionFactory {

	private final Supplier<RedisConfiguration> servers;

	private final LettuceClientConfiguration client;

	private LettuceConnectionFactory ofApplications;

	TestConnectionFactory(Supplier<RedisConfiguration> servers, LettuceClientConfiguration client) {
		super(servers.get(), client);
		this.servers = servers;
		this.client = client;
	}

	/**
	 * Returns the way to the same servers of the user of {@link LeastPrivilege}.
	 */
	synchronized LettuceConnectionFactory ofApplications() {
		if (this.ofApplications == null) {
			RedisConfiguration restricted = this.servers.get();
			LeastPrivilege.restrict(restricted);
			this.ofApplications = new LettuceConnectionFactory(restricted, this.client);
			this.ofApplications.afterPropertiesSet();
			this.ofApplications.start();
		}
		return this.ofApplications;
	}

	@Override
	public synchronized void destroy() {
		super.destroy();
		if (this.ofApplications != null) {
			this.ofApplications.destroy();
		}
	}

}
