package io.arque.samples.benchmark.measure;

import java.util.Arrays;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Figure}, {@link Ratio}, {@link Bar} and {@link Latency}'s percentiles.
 */
class FigureTests {

	@Test
	void isTheMedianAndTheSpreadOfAnOddNumberOfRounds() {
		assertThat(Figure.of(samples("a", 7, 1, 9))).isEqualTo(new Figure("a", 7, "s", 1, 9));
	}

	@Test
	void isTheMeanOfBothInTheMiddleOfAnEvenNumberOfRounds() {
		assertThat(Figure.of(samples("a", 8, 1, 9, 4)).value()).isEqualTo(6);
	}

	@Test
	void ratioIsComputedRoundByRound() {
		Samples samples = new Samples();
		samples.addAll(samples("a", 10, 200, 3000));
		samples.addAll(samples("b", 10, 100, 1000));
		assertThat(new Ratio("ratio", "a", "b").of(samples)).hasValue(new Figure("ratio", 2, "x", 1, 3));
	}

	@Test
	void thereIsNoRatioToWhatWasNotMeasured() {
		Samples samples = new Samples();
		samples.addAll(samples("a", 10));
		assertThat(new Ratio("ratio", "a", "b").of(samples)).isEmpty();
	}

	@Test
	void barIsMetOnItsOwnSide() {
		Figure figure = new Figure("a", 5, "s", 1, 9);
		assertThat(new Bar("a", Bar.Sense.AT_LEAST, 4).isMetBy(figure)).isTrue();
		assertThat(new Bar("a", Bar.Sense.AT_MOST, 4).isMetBy(figure)).isFalse();
		assertThat(new Bar("a", Bar.Sense.AT_MOST, 5).isMetBy(figure)).isTrue();
	}

	@Test
	void percentileIsTheLeastThatSoManyDoNotExceed() {
		double[] millis = new double[1000];
		Arrays.setAll(millis, (i) -> 1000 - i);
		assertThat(Latency.percentiles("l", millis)).containsExactly(new Sample("l.p50", 500, "ms"),
				new Sample("l.p99", 990, "ms"), new Sample("l.p99.9", 999, "ms"));
	}

	@ParameterizedTest
	@CsvSource({ "123456.7, 123457", "99.96, 100.0", "12.34, 12.3", "1.234, 1.23", "0.1234, 0.123", "0, 0.00" })
	void valuesHaveThreeDigits(double value, String text) {
		assertThat(Figure.text(value)).isEqualTo(text);
		assertThat(Double.parseDouble(text)).isCloseTo(value, within(0.5));
	}

	private static List<Sample> samples(String name, double... values) {
		return Arrays.stream(values).mapToObj((value) -> new Sample(name, value, "s")).toList();
	}

}
