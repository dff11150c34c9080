package io.arque.listener;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

/**
 * Partitions that did without a suspect, since one runs.
 */
class SuspectsTests {

	private final Suspects suspects = new Suspects();

	private final QueueSource own = mock();

	private final QueueSource other = mock();

	@Test
	void allThatDidWithoutAreWokenWhenNoneRunsThatOfTheOneThatRanToo() {
		this.suspects.started();
		this.suspects.started();
		assertThat(this.suspects.mayTakeOne(this.own)).isFalse();
		assertThat(this.suspects.mayTakeOne(this.other)).isFalse();
		this.suspects.ended();
		then(this.own).should(never()).wake();
		this.suspects.ended();
		then(this.own).should().wake();
		then(this.other).should().wake();
		assertThat(this.suspects.mayTakeOne(this.own)).isTrue();
	}

	@Test
	void whoDidNotDoWithoutIsNotWoken() {
		assertThat(this.suspects.mayTakeOne(this.own)).isTrue();
		this.suspects.started();
		this.suspects.ended();
		then(this.own).should(never()).wake();
	}

}
