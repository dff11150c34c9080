package io.arque.samples.benchmark;

import java.nio.file.Path;
import java.util.Set;
import java.util.function.Predicate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Options}.
 */
class OptionsTests {

	@Test
	void readsAll() {
		Options options = Options.of("--redis=redis://localhost:6399", "--only=floor.,arque.drain", "--rounds=7",
				"--short", "--output=some/where");
		assertThat(options.redis()).isEqualTo("redis://localhost:6399");
		assertThat(options.sizes()).isEqualTo(Sizes.SHORT.withRounds(7));
		assertThat(options.output()).isEqualTo(Path.of("some", "where"));
		Predicate<String> wanted = options.wanted(Set.of());
		assertThat(wanted).accepts("floor.drain", "arque.drain-100").rejects("arque.enqueue-1");
	}

	@Test
	void nameMeansNoOtherThatBeginsWithIt() {
		Options options = Options.of("--only=arque.drain-10,floor.");
		assertThat(options.wanted(Set.of("arque.drain-10", "arque.drain-100", "floor.drain")))
			.accepts("arque.drain-10", "floor.drain")
			.rejects("arque.drain-100");
	}

	@Test
	void wantsEverythingWhenNothingIsSaid() {
		Options options = Options.of();
		assertThat(options.redis()).isNull();
		assertThat(options.sizes()).isEqualTo(Sizes.FULL);
		assertThat(options.wanted(Set.of())).accepts("anything");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--rounds=0", "--rounds=many", "--rounds=101", "--redis=http://localhost", "--round=5",
			"--short=no", "short" })
	void refusesWhatIsNotPossible(String argument) {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.of(argument)).withMessageContaining("--");
	}

}
