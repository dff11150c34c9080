package io.arque.redis;

import java.util.List;

import io.arque.ArqueMetrics;
import io.arque.ArqueSettings;
import io.arque.QueueSettings;
import io.arque.json.JsonPayloadConverter;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.test.util.ReflectionTestUtils;

/**
 * One of the applications of a history. What it calls itself is no accident, so that a
 * history goes the same way again.
 *
 * @param client its client
 * @param template enqueues
 * @param queue the queue
 * @param consumers each of them a loop
 */
record HistoryClient(ArqueClient client, ArqueTemplate template, RedisQueue queue, List<QueueConsumer> consumers) {

	private static final JsonPayloadConverter CONVERTER = new JsonPayloadConverter(JsonMapper.builder().build());

	static HistoryClient of(int number, RedisConnectionFactory factory, String queue, QueueSettings settings) {
		ArqueClient client = new ArqueClient(factory,
				new ArqueSettings(QueueFixture.KEY_PREFIX, QueueFixture.MAX_PAYLOAD_BYTES, (name) -> settings),
				CONVERTER, ArqueMetrics.NONE);
		ReflectionTestUtils.setField(client.instance(), "nonce", "client-" + number);
		RedisQueue known = client.queue(queue);
		return new HistoryClient(client, new ArqueTemplate(client), known, List.of(known.consumer(), known.consumer()));
	}

}
