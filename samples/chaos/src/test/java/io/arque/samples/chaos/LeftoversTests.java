package io.arque.samples.chaos;

import java.nio.file.Path;

import io.arque.samples.chaos.redis.Node;
import io.arque.samples.chaos.redis.RedisProgram;
import io.arque.samples.chaos.redis.Servers;
import io.arque.samples.chaos.redis.SingleRedis;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class LeftoversTests {

	@TempDir
	private Path directory;

	@Test
	void keepsConfigurationAndWhatExpiresAndFindsAllElse() throws Exception {
		try (Servers servers = SingleRedis.start(RedisProgram.embedded(), this.directory, "no")) {
			Node redis = servers.masters().get(0);
			redis.ask((commands) -> {
				commands.hset("mine:{q}:config", "v", "1");
				commands.hset("mine:{q}:ledger", "v", "1");
				commands.zadd("mine:{q#0~3}:waiters", 1, "lane");
				commands.psetex("mine:{q}:lane:a", 60_000, "1 OK");
				commands.set("mine:{q}:lane:b", "1 OK");
				commands.hset("mine:{q#0~3}:state", "ref", "a");
				commands.lpush("mine:{q}:pending", "ref");
				commands.set("mine:{q}:new", "kind");
				return commands.set("other:{q}:pending", "not ours");
			});
			assertThat(Leftovers.of(redis, "mine")).containsExactlyInAnyOrder("mine:{q}:lane:b", "mine:{q#0~3}:state",
					"mine:{q}:pending", "mine:{q}:new");
		}
	}

}
