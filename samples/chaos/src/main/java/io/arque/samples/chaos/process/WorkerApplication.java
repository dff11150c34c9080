package io.arque.samples.chaos.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

import io.arque.samples.chaos.record.RecordWriter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * {@code WorkerApplication} works on the queues as an application would, by a listener,
 * and beside it by hand.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ Parent.class, Vitals.class, Listener.class, HandWorkers.class, LoadListener.class })
public class WorkerApplication {

	public static void main(String[] args) {
		new SpringApplicationBuilder(WorkerApplication.class).bannerMode(Banner.Mode.OFF).run(args);
	}

	@Bean
	static RecordWriter record(@Value("${chaos.record}") String file, @Value("${chaos.queues}") Set<String> queues) {
		RecordWriter record = new RecordWriter(Path.of(file));
		Settlements.record(record, queues);
		return record;
	}

	@Bean
	static Work work(RecordWriter record, @Value("${arque.defaults.lease-duration}") Duration lease,
			@Value("${chaos.work}") Duration mean) {
		return new Work(record, lease, mean);
	}

}
