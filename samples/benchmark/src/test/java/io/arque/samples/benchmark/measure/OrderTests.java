package io.arque.samples.benchmark.measure;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Order}.
 */
class OrderTests {

	@ParameterizedTest
	@ValueSource(ints = { Order.SMALL_BYTES, Order.LARGE_BYTES })
	void isJsonOfTheLengthAskedFor(int bytes) {
		Order order = Order.of(77_777, bytes);
		assertThat(order.toJson()).hasSize(bytes).isEqualTo(new JsonMapper().writeValueAsString(order));
		assertThat(order.index()).isEqualTo(77_777);
	}

}
