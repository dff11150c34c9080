package io.arque.samples.chaos;

import java.time.Duration;
import java.util.Map;

import io.arque.samples.chaos.fault.FaultKind;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class OptionsTests {

	@Test
	void doesAllThatCanBeNothingOrWhatIsAskedFor() {
		assertThat(Options.of().faults().kinds()).isNull();
		assertThat(Options.of("--faults=none").faults().kinds()).isEmpty();
		assertThat(Options.of("--faults=kill,zombie:3").faults().kinds())
			.isEqualTo(Map.of(FaultKind.KILL, 1, FaultKind.ZOMBIE, 3));
	}

	@Test
	void measuresAndLoadsOnlyIfAsked() {
		assertThat(Options.of().soak()).isEqualTo(new Options.Soak(0, null));
		assertThat(Options.of("--load=700", "--measure=40s").soak())
			.isEqualTo(new Options.Soak(700, Duration.ofSeconds(40)));
	}

	@Test
	void refusesALimitThatIsTooSmallForThePartitions() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.of("--partitions=6", "--limit=5"))
			.withMessageContaining("--limit must be at least --partitions, which is 6")
			.withMessageContaining("it is 5");
		assertThat(Options.of("--partitions=6", "--limit=6").load().work().partitions()).isEqualTo(6);
	}

	@Test
	void refusesToStartServersWhereOneIsGiven() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Options.of("--redis=redis://localhost:1", "--program=redis-server"))
			.withMessageContaining("--redis")
			.withMessageContaining("--program");
		assertThat(Options.of("--program=redis-server").servers().program()).hasToString("redis-server");
	}

	@Test
	void refusesWhatItDoesNotKnow() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.of("--sed=1"))
			.withMessageContaining("There is no option 'sed'");
	}

}
