package io.arque.samples.quickstart;

import java.util.OptionalInt;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails.Standalone;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.scheduling.annotation.EnableScheduling;

import jakarta.annotation.PostConstruct;

/**
 * {@code QuickstartApplication} runs a shop: a {@link Producer} takes an order a second,
 * a {@link Worker} works on them, {@link Statistics} tell what the queue holds, until a
 * signal ends it. With {@code --tasks=200} it does a {@link CountedRun} instead and ends
 * by itself. Everything about the queue is in {@code application.yml}.
 */
@SpringBootApplication
@EnableScheduling
public class QuickstartApplication {

	private final DataRedisConnectionDetails redis;

	QuickstartApplication(DataRedisConnectionDetails redis) {
		this.redis = redis;
	}

	public static void main(String[] args) throws InterruptedException {
		OptionalInt tasks;
		try {
			tasks = CountedRun.tasks(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.exit(2);
			return;
		}
		if (tasks.isPresent()) {
			System.exit(runCounted(tasks.getAsInt(), args));
		}
		SpringApplication.run(QuickstartApplication.class, args);
	}

	/**
	 * Runs the application until the tasks are done.
	 * @return the exit code
	 */
	static int runCounted(int tasks, String... args) throws InterruptedException {
		SpringApplication application = new SpringApplication(QuickstartApplication.class);
		application.setAdditionalProfiles(CountedRun.PROFILE);
		CountedRun.Outcome outcome;
		try (ConfigurableApplicationContext context = application.run(args)) {
			outcome = context.getBean(CountedRun.class).run(tasks);
		}
		System.out.println(outcome);
		return outcome.exitCode();
	}

	@PostConstruct
	void tellRedis() {
		Standalone server = this.redis.getStandalone();
		if (this.redis instanceof EmbeddedRedis embedded) {
			Console.tell("redis", embedded);
		}
		else if (server != null) {
			Console.tell("redis", "given, at " + server.getHost() + ":" + server.getPort());
		}
		else {
			Console.tell("redis", "given by spring.data.redis");
		}
	}

	@EventListener(ContextClosedEvent.class)
	void tellStop() {
		Console.tell("stopping", "no more orders are taken; those at work get a moment, then they are handed back");
	}

}
