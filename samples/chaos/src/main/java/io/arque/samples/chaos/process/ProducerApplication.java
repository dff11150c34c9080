package io.arque.samples.chaos.process;

import java.nio.file.Path;

import io.arque.samples.chaos.record.RecordWriter;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/**
 * {@code ProducerApplication} enqueues so many tasks, at an even rate, and ends; beside
 * it for a given time others that are counted only.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ Parent.class, Vitals.class, Producer.class, Producer.Orders.class, LoadProducer.class,
		LoadProducer.Orders.class })
public class ProducerApplication {

	public static void main(String[] args) throws InterruptedException {
		ConfigurableApplicationContext application = new SpringApplicationBuilder(ProducerApplication.class)
			.bannerMode(Banner.Mode.OFF)
			.run(args);
		LoadProducer load = application.getBeanProvider(LoadProducer.class).getIfAvailable();
		Thread beside = (load != null) ? load.start() : null;
		application.getBean(Producer.class).run();
		if (beside != null) {
			beside.join();
		}
		application.close();
		System.exit(0);
	}

	@Bean
	static RecordWriter record(@Value("${chaos.record}") String file) {
		return new RecordWriter(Path.of(file));
	}

}
