package io.arque.samples.benchmark.measure;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Rounds} and {@link Progress}.
 */
class RoundsTests {

	private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

	private final Rounds rounds = new Rounds(
			new Progress(new PrintStream(this.shown, true, StandardCharsets.UTF_8), false));

	private final List<String> taken = new ArrayList<>();

	@Test
	void takesMeasurementsOfAGroupInTurn() throws Exception {
		this.rounds.run(List.of(new Group(2, 0, List.of(measurement("a"), measurement("b"))),
				new Group(1, 0, List.of(measurement("c")))));
		assertThat(this.taken).containsExactly("a", "b", "a", "b", "c");
	}

	@Test
	void doesNotCountTheRoundsThatWarmUp() throws Exception {
		Samples samples = this.rounds.run(List.of(new Group(2, 2, List.of(measurement("a")))));
		assertThat(samples.of("a")).extracting(Sample::value).containsExactly(3.0, 4.0);
	}

	@Test
	void showsHowFarItIs() throws Exception {
		this.rounds.run(List.of(new Group(4, 0, List.of(measurement("a")))));
		assertThat(this.shown.toString(StandardCharsets.UTF_8).lines()).first()
			.asString()
			.startsWith("[..............................]   0% round 1 of 4, a");
		assertThat(this.shown.toString(StandardCharsets.UTF_8).lines()).last()
			.isEqualTo("[##############################] 100%");
	}

	@Test
	void tellsWhatCouldNotBeMeasured() {
		Measurement failing = Measurement.of("a", "s", () -> {
			throw new IllegalArgumentException("no");
		});
		assertThatIllegalStateException().isThrownBy(() -> this.rounds.run(List.of(new Group(1, 0, List.of(failing)))))
			.withMessage("a could not be measured")
			.withCauseInstanceOf(IllegalArgumentException.class);
	}

	private Measurement measurement(String name) {
		return Measurement.of(name, "s", () -> {
			this.taken.add(name);
			return (double) this.taken.size();
		});
	}

}
