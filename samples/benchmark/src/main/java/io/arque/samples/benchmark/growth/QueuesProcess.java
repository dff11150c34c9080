package io.arque.samples.benchmark.growth;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpoint;
import io.arque.listener.ArqueListenerEndpointRegistry;
import io.arque.samples.benchmark.arque.ArqueApplication;
import io.arque.samples.benchmark.measure.Order;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * {@code QueuesProcess} is an application with many queues, a listener each, in a JVM
 * that has nothing else to do. It tells how long it took to start, and asked for
 * {@code state}, how many threads it has and how large its heap is.
 */
final class QueuesProcess {

	private QueuesProcess() {
	}

	public static void main(String[] args) throws IOException {
		ConfigurableApplicationContext application = ArqueApplication.run(Map.of("spring.data.redis.url", args[0]),
				args[1], List.of(Queues.class), Map.of("queues", args[2], "spring.threads.virtual.enabled", true));
		long started = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
		System.out.println("= 0");
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String line = in.readLine(); line != null; line = in.readLine()) {
			System.gc();
			int threads = ManagementFactory.getThreadMXBean().getThreadCount();
			long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
			System.out.println("= " + started / 1e3 + " " + threads + " " + heap / 1e6);
		}
		application.close();
		System.exit(0);
	}

	/**
	 * The listeners.
	 *
	 * @param count how many
	 * @param registry starts them
	 * @param factory makes their containers
	 */
	record Queues(@Value("${queues}") int count, ArqueListenerEndpointRegistry registry,
			ArqueListenerContainerFactory factory) implements SmartInitializingSingleton {

		@Override
		public void afterSingletonsInstantiated() {
			for (int i = 0; i < this.count; i++) {
				String queue = "queue-" + i;
				this.registry.register(new ArqueListenerEndpoint(queue, List.of(queue), (task, acknowledgement) -> {
				}, Order.class, ArqueListenerEndpoint.Overrides.NONE), this.factory);
			}
		}

	}

}
