package io.arque.samples.benchmark.partitions;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * How far loads lie apart.
 */
class PartitionsTests {

	@Test
	void equalLoadsDoNotLieApart() {
		assertThat(Partitions.spread(List.of(7L, 7L, 7L))).isZero();
	}

	@Test
	void theLargestIsHeldAgainstTheMean() {
		assertThat(Partitions.spread(List.of(90L, 90L, 120L))).isCloseTo(20, within(1e-9));
	}

}
