package io.arque.autoconfigure;

import io.arque.annotation.ArqueListener;
import io.arque.redis.ArqueClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a native image is told.
 */
class ArqueRuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	ArqueRuntimeHintsTests() {
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories")
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter((registrar) -> registrar.getClass().getName().startsWith("io.arque."))
			.forEach((registrar) -> registrar.registerHints(this.hints, getClass().getClassLoader()));
	}

	@ParameterizedTest
	@ValueSource(strings = { "io/arque/redis/dequeue.lua", "io/arque/redis/include/call.lua" })
	void keepsScripts(String resource) {
		assertThat(ArqueClient.class.getClassLoader().getResource(resource)).isNotNull();
		assertThat(RuntimeHintsPredicates.resource().forResource(resource)).accepts(this.hints);
	}

	@Test
	void keepsNoMoreThanScripts() {
		assertThat(RuntimeHintsPredicates.resource().forResource("io/arque/redis/ArqueClient.class"))
			.rejects(this.hints);
	}

	@Test
	void keepsListenersAndTheirPayloadTypes() {
		DefaultGenerationContext generated = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get("io.arque.test", "Generated")), new InMemoryGeneratedFiles());
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
			context.register(DataRedisAutoConfiguration.class, JacksonAutoConfiguration.class,
					ArqueAutoConfiguration.class, Listener.class);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generated);
		}
		assertThat(RuntimeHintsPredicates.reflection().onType(Article.class)).accepts(generated.getRuntimeHints());
		assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Listener.class, "handle"))
			.accepts(generated.getRuntimeHints());
		assertThat(RuntimeHintsPredicates.reflection()
			.onConstructorInvocation(ArqueProperties.Retry.class.getDeclaredConstructors()[0]))
			.accepts(generated.getRuntimeHints());
	}

	record Article(String name) {
	}

	static class Listener {

		@ArqueListener("articles")
		void handle(Article article) {
		}

	}

}
