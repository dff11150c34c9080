package io.arque.samples.benchmark.rqueue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import com.github.sonus21.rqueue.config.SimpleRqueueListenerContainerFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * {@code RqueueProcess} is an application with Rqueue that measures it: a line on
 * standard input asks, a line that begins with {@code =} on standard output answers.
 *
 * <pre>
 * arguments: URL of Redis, prefix of all keys, polling interval in ms, concurrency, batch size
 * enqueue &lt;callers&gt; &lt;tasks&gt; &lt;bytes&gt;   tasks per second
 * drain 0 &lt;tasks&gt; &lt;bytes&gt;           tasks per second
 * latency &lt;millis&gt; &lt;bytes&gt;          p50 p99 p99.9, in ms
 * </pre>
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class RqueueProcess {

	public static void main(String[] args) throws Exception {
		try (ConfigurableApplicationContext application = run(args)) {
			Measurements measurements = application.getBean(Measurements.class);
			System.out.println("= 0");
			BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
			for (String line = in.readLine(); line != null; line = in.readLine()) {
				List<String> words = List.of(line.split(" "));
				int[] numbers = words.stream().skip(1).mapToInt(Integer::parseInt).toArray();
				System.out.println("= " + String.join(" ",
						Arrays.stream(answer(measurements, words.get(0), numbers))
							.mapToObj(Double::toString)
							.toList()));
			}
		}
	}

	private static double[] answer(Measurements measurements, String question, int[] numbers) throws Exception {
		return switch (question) {
			case "enqueue" -> new double[] { measurements.enqueue(numbers[0], numbers[1], numbers[2]) };
			case "drain" -> new double[] { measurements.drain(numbers[1], numbers[2]) };
			case "latency" -> measurements.latency(numbers[0], numbers[1]);
			default -> throw new IllegalArgumentException(question);
		};
	}

	private static ConfigurableApplicationContext run(String[] args) {
		return new SpringApplicationBuilder(RqueueProcess.class, Listener.class, Measurements.class)
			.web(WebApplicationType.NONE)
			.logStartupInfo(false)
			.properties(Map.of("spring.data.redis.url", args[0], "rqueue.key.prefix", args[1] + "::",
					"rqueue.version.key", args[1] + "::version", "rqueue.latest.version.check.enabled", "false",
					"benchmark.polling-interval", args[2], "benchmark.concurrency", args[3], "benchmark.batch-size",
					args[4], "spring.main.banner-mode", "off", "logging.level.root", "warn"))
			.run();
	}

	@Bean
	SimpleRqueueListenerContainerFactory simpleRqueueListenerContainerFactory(
			@Value("${benchmark.polling-interval}") long pollingIntervalMillis) {
		SimpleRqueueListenerContainerFactory factory = new SimpleRqueueListenerContainerFactory();
		factory.setPollingInterval(pollingIntervalMillis);
		return factory;
	}

}
