package io.arque.listener;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.LeasedTask;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import io.arque.redis.ArqueClient;
import io.arque.redis.ArqueTemplate;
import io.arque.redis.Fetch;
import io.arque.redis.Fetched;
import io.arque.redis.Settlement;
import io.arque.test.RedisServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What cannot be started keeps no permit, and goes back.
 */
class TaskStarterTests {

	private static final int TASKS = 5;

	private final String queue = TestApplication.newQueue();

	private final ArqueClient client = new ArqueClient(RedisServers.ofApplications(RedisServers.connectionFactory()),
			new ArqueSettings("arque-test", 1024, (name) -> QueueSettings.DEFAULTS),
			new JsonPayloadConverter(JsonMapper.builder().build()), ArqueMetrics.NONE);

	private final List<String> runs = new ArrayList<>();

	private final ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint("listener", List.of(this.queue),
			(task, acknowledgement) -> this.runs.add(task.id()), null,
			new ArqueListenerEndpoint.Overrides(null, null, null));

	private final QueueSource source = new ConsumerLoop(this.endpoint, ContainerSettings.DEFAULTS, this.client,
			Handlers.of(Runnable::run))
		.sources()
		.all()
		.get(0);

	private final int permits = this.source.permits().free();

	@AfterEach
	void stop() {
		this.client.wakeUp().stop();
	}

	@Test
	void givesAllBackWhenThereIsNoMemoryForOneOfThem() {
		Fetched fetched = fetch();
		List<LeasedTask> noMemoryForTheThird = new ShortOfMemory<>(fetched.tasks(), 2);
		start(Handlers.of(Runnable::run), new Fetched(noMemoryForTheThird, fetched.damaged(), fetched.reason(),
				fetched.more(), null, false, fetched.now(), fetched.sentNanos(), fetched.results(), null));
		assertThatAllAreGivenBack();
	}

	@Test
	void givesAllBackWhenNoThreadCanBeHad() {
		start(new Handlers() {

			@Override
			public <T extends Runnable> void execute(List<T> tasks, BiConsumer<T, Throwable> refused) {
				tasks.forEach((task) -> refused.accept(task, new OutOfMemoryError("unable to create native thread")));
			}

		}, fetch());
		assertThatAllAreGivenBack();
	}

	@Test
	void runsAllWhenNothingIsWrong() {
		start(Handlers.of(Runnable::run), fetch());
		assertThat(this.runs).hasSize(TASKS);
		assertThat(this.source.permits().free()).isEqualTo(this.permits);
		assertThat(told()).hasSize(TASKS).extracting(Settlement::verb).containsOnly(Settlement.Verb.RELEASE);
	}

	/** What the next call would tell Redis. */
	private List<Settlement> told() {
		QueueCaller caller = new QueueCaller(this.source.partition().consumer());
		this.source.prepare(caller, 0, Fetch.Join.NEVER, false, false);
		return caller.untold();
	}

	private Fetched fetch() {
		new ArqueTemplate(this.client).enqueueAll(this.queue, List.of(1, 2, 3, 4, 5));
		Fetched fetched = this.source.partition()
			.consumer()
			.dequeue(new Fetch(TASKS, Fetch.Join.NEVER, false, true, List.of()));
		assertThat(fetched.tasks()).hasSize(TASKS);
		return fetched;
	}

	private void start(Handlers handlers, Fetched fetched) {
		for (int i = 0; i < TASKS; i++) {
			this.source.permits().take(this.permits, true); // one
		}
		new TaskStarter(this.endpoint, AckMode.AUTO, handlers, new Pace(this.source.permits(), 1)).start(this.source,
				fetched);
	}

	private void assertThatAllAreGivenBack() {
		assertThat(this.runs).isEmpty();
		assertThat(this.source.permits().free()).isEqualTo(this.permits);
		assertThat(this.source.tasks()).isEmpty();
		List<Settlement> settlements = told();
		assertThat(settlements).hasSize(TASKS).extracting(Settlement::verb).containsOnly(Settlement.Verb.HAND_BACK);
		this.source.partition().consumer().dequeue(new Fetch(0, Fetch.Join.NEVER, false, true, settlements));
		assertThat(this.client.queue(this.queue).stats().working()).isZero();
		assertThat(this.client.queue(this.queue).dequeue(TASKS, Duration.ofSeconds(20)).tasks()).isNotEmpty()
			.extracting(LeasedTask::attempt)
			.containsOnly(1);
	}

}
