package io.arque.redis;

import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Where partitions lie, and which tasks go where.
 */
class PartitionTagsTests {

	@Test
	void slotsAreThoseOfACluster() {
		int ofTheSpecification = 0x31C3;
		assertThat(PartitionTags.slot("123456789")).isEqualTo(ofTheSpecification);
		assertThat(PartitionTags.slot("foo")).isEqualTo(12182);
	}

	@Test
	void onePartitionIsThePlainQueue() {
		assertThat(PartitionTags.of("emails", 1)).containsExactly("emails");
	}

	/** Other ones would not be found by the instances of an earlier version. */
	@Test
	void tagsAreWhatTheyAlwaysWere() {
		assertThat(PartitionTags.of("emails", 6)).containsExactly("emails#0", "emails#1~30", "emails#2~31",
				"emails#3~9", "emails#4~23", "emails#5~21");
	}

	/** Elsewhere an id of an earlier version's task would be unique no more. */
	@ParameterizedTest
	@CsvSource({ "'', 0, 0", "a, 1, 6", "order 7, 1, 4", "order 14, 2, 4", "gr\u00f6\u00dfe, 5, 1",
			"0123456789abcdef, 0, 1", "0123456789abcdeg, 1, 2" })
	void idsAreWhereTheyAlwaysWere(String id, int ofSix, int ofSeven) {
		assertThat(PartitionTags.indexOf(id, 6)).isEqualTo(ofSix);
		assertThat(PartitionTags.indexOf(id, 7)).isEqualTo(ofSeven);
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 3, 5, 6, 17, 100, 256 })
	void eachLiesNearTheMiddleOfItsPart(int count) {
		List<String> tags = PartitionTags.of("orders.eu", count);
		double width = 16384.0 / count;
		for (int i = 0; i < count; i++) {
			assertThat((double) PartitionTags.slot(tags.get(i))).isCloseTo((i + 0.5) * width, within(width / 8));
		}
	}

	@ParameterizedTest
	@CsvSource({ "emails, 3, 3", "emails, 6, 3", "q-1, 6, 3", "a, 12, 3", "orders.eu, 12, 6", "x_y, 24, 4" })
	void eachMasterGetsAsMany(String queue, int count, int masters) {
		int[] partitions = new int[masters];
		PartitionTags.of(queue, count).forEach((tag) -> partitions[PartitionTags.slot(tag) * masters / 16384]++);
		assertThat(partitions).containsOnly(count / masters);
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, 6, 7, 31, 64, 100 })
	void referencesOfOneProducerGoEvenlyRound(int count) {
		Instance producer = new Instance();
		int[] tasks = new int[count];
		IntStream.range(0, 300 * count).forEach((i) -> tasks[PartitionTags.indexOf(producer.nextReference(), count)]++);
		assertThat(IntStream.of(tasks).boxed()).allSatisfy((number) -> assertThat(number).isBetween(250, 350));
	}

	@Test
	void ownIdsAreSpreadToo() {
		int[] tasks = new int[6];
		IntStream.range(0, 3000).forEach((i) -> tasks[PartitionTags.indexOf("order " + i * 7, 6)]++);
		assertThat(IntStream.of(tasks).boxed()).allSatisfy((number) -> assertThat(number).isBetween(400, 600));
	}

}
