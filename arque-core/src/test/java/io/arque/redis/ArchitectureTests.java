package io.arque.redis;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.arque.test.OwnServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Dependencies between packages point one way: annotation, listener, redis, vocabulary.
 */
@OwnServer
class ArchitectureTests {

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("io.arque");

	@Test
	void dependenciesPointDownwards() {
		check(layeredArchitecture().consideringOnlyDependenciesInAnyPackage("io.arque..")
			.withOptionalLayers(true)
			.layer("annotation")
			.definedBy("io.arque.annotation..")
			.layer("listener")
			.definedBy("io.arque.listener..")
			.layer("redis")
			.definedBy("io.arque.redis..")
			.layer("json")
			.definedBy("io.arque.json..")
			.layer("micrometer")
			.definedBy("io.arque.micrometer..")
			.layer("aot")
			.definedBy("io.arque.aot..")
			.layer("testing")
			.definedBy("io.arque.testing..")
			.layer("vocabulary")
			.definedBy("io.arque")
			.whereLayer("annotation")
			.mayOnlyBeAccessedByLayers("aot")
			.whereLayer("listener")
			.mayOnlyBeAccessedByLayers("annotation", "micrometer", "aot")
			.whereLayer("redis")
			.mayOnlyBeAccessedByLayers("annotation", "listener", "micrometer", "aot", "testing")
			.whereLayer("testing")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("json")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("micrometer")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("aot")
			.mayNotBeAccessedByAnyLayer());
	}

	/** Least of all one that is named in Redis. */
	@Test
	void noClassIsLoadedByAName() {
		check(noClasses().that()
			.haveSimpleNameNotStartingWith("VirtualThreads") // one of the JDK
			.should()
			.callMethodWhere(target(name("forName").or(name("loadClass")))));
	}

	@Test
	void vocabularyDependsOnNothingElseOfArque() {
		check(noClasses().that()
			.resideInAPackage("io.arque")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("io.arque.(*)..")
			.orShould()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "tools.jackson..", "io.micrometer.."));
	}

	@Test
	void jsonDependsOnVocabularyAndJacksonOnly() {
		check(classes().that()
			.resideInAPackage("io.arque.json..")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.arque", "io.arque.json..", "java..", "org.jspecify..", "tools.jackson.."));
	}

	@Test
	void testingNeedsNoTestFramework() {
		check(classes().that()
			.resideInAPackage("io.arque.testing..")
			.should()
			.onlyDependOnClassesThat()
			.resideInAnyPackage("io.arque", "io.arque.redis..", "io.arque.testing..", "java..", "org.jspecify.."));
	}

	@Test
	void packagesHaveNoCycles() {
		check(slices().matching("io.arque.(*)..").should().beFreeOfCycles());
	}

	@ParameterizedTest
	@ValueSource(strings = { "io.lettuce..", "redis.clients..", "org.springframework.data.redis.connection.lettuce..",
			"org.springframework.data.redis.connection.jedis..", "org.springframework.boot.." })
	void mainCodeChoosesNoClientAndNeedsNoBoot(String packages) {
		check(noClasses().should().dependOnClassesThat().resideInAPackage(packages));
	}

	@ParameterizedTest
	@ValueSource(strings = { "tools.jackson..=io.arque.json..", "io.micrometer..=io.arque.micrometer..",
			"org.springframework.messaging..=io.arque.annotation.." })
	void optionalLibrariesAreUsedInTheirPackageOnly(String rule) {
		String[] parts = rule.split("=", -1);
		check(noClasses().that()
			.resideOutsideOfPackages(parts[1], "io.arque.aot..", "io.arque.listener..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage(parts[0]));
	}

	@ParameterizedTest
	@ValueSource(strings = { "org.springframework.beans.factory.annotation.Autowired",
			"org.springframework.beans.factory.annotation.Value", "jakarta.inject.Inject",
			"jakarta.annotation.Resource" })
	void nothingIsInjectedIntoFields(String annotation) {
		check(noFields().should().beAnnotatedWith(annotation));
	}

	@Test
	void nobodyAsksThisMachineWhatTimeItIs() {
		check(noClasses().should()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Instant.class, "now")
			.orShould()
			.dependOnClassesThat()
			.belongToAnyOf(Clock.class, Date.class, LocalDateTime.class, ZonedDateTime.class));
	}

	@Test
	void redisIsUsedByScriptsAndMessagesOnly() {
		Set<String> used = CLASSES.stream()
			.flatMap((type) -> Stream.<JavaCodeUnitAccess<?>>concat(type.getCodeUnitCallsFromSelf().stream(),
					type.getCodeUnitReferencesFromSelf().stream()))
			.filter((access) -> access.getTargetOwner().getPackageName().startsWith("org.springframework.data.redis"))
			.map((access) -> access.getTargetOwner().getSimpleName() + "." + access.getName())
			.filter((access) -> access
				.matches("Redis(Template|Connection|\\w+Commands|\\w+Operations)\\..*|.*Operations\\..*"))
			.collect(Collectors.toSet());
		assertThat(used).containsExactlyInAnyOrder("RedisTemplate.<init>", "RedisTemplate.setConnectionFactory",
				"RedisTemplate.setDefaultSerializer", "RedisTemplate.setExposeConnection",
				"RedisTemplate.afterPropertiesSet", "RedisTemplate.execute", "RedisConnection.publish",
				"RedisConnection.subscribe", "RedisConnection.isSubscribed", "RedisConnection.getSubscription",
				"RedisConnection.serverCommands", "RedisServerCommands.info", "RedisConnection.close",
				// an enqueue that waits for replicas: its script, over a connection of
				// its own
				"RedisConnection.scriptingCommands", "RedisScriptingCommands.evalSha", "RedisScriptingCommands.eval",
				"RedisConnection.execute", "RedisConnection.ping");
	}

	@Test
	void namesSayWhatAClassIs() {
		check(noClasses().should().haveNameMatching(".*(Impl|Helper|Utils?|Manager)"));
	}

	private static void check(ArchRule rule) {
		rule.allowEmptyShould(true).check(CLASSES);
	}

}
