package io.arque.samples.benchmark;

import java.time.Duration;
import java.util.List;

/**
 * {@code GrowthSizes} say how large things grow.
 *
 * @param few tasks of a small backlog
 * @param many tasks of a large one
 * @param worked tasks that are worked on meanwhile
 * @param measured tasks whose memory and commands are looked at
 * @param queues how many queues an application has
 * @param idle how long it is watched
 */
record GrowthSizes(int few, int many, int worked, int measured, List<Integer> queues, Duration idle) {

	static final GrowthSizes FULL = new GrowthSizes(1_000, 1_000_000, 20_000, 100_000, List.of(1, 100, 1_000),
			Duration.ofSeconds(30));

	static final GrowthSizes SHORT = new GrowthSizes(1_000, 20_000, 1_000, 5_000, List.of(1, 100),
			Duration.ofSeconds(2));

}
