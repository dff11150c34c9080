package io.arque.redis;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * {@code SettlementCall} is one call of {@code release}, {@code requeue},
 * {@code hand_back} or {@code reject}, that can be sent again unchanged.
 */
final class SettlementCall {

	private final QueueAccess queue;

	private final Lane lane;

	private final Call<?> call;

	private @Nullable List<Settlement.Result> results;

	/**
	 * Makes the call, with a lane that nobody else uses until it was answered.
	 * @param queue the queue
	 * @param settlements at least one, all of one verb
	 */
	SettlementCall(QueueAccess queue, List<Settlement> settlements) {
		this.queue = queue;
		Settlement.Verb verb = settlements.get(0).verb();
		boolean mayFail = verb == Settlement.Verb.REQUEUE || verb == Settlement.Verb.REJECT;
		Arguments arguments = mayFail ? queue.policy() : new Arguments();
		settlements.forEach((settlement) -> settlement.addTo(arguments));
		this.lane = queue.client().instance().borrowLane();
		this.call = switch (verb) {
			case RELEASE -> queue.call(Scripts.RELEASE, this.lane, arguments);
			case REQUEUE -> queue.call(Scripts.REQUEUE, this.lane, arguments);
			case HAND_BACK -> queue.call(Scripts.HAND_BACK, this.lane, arguments);
			case REJECT -> queue.call(Scripts.REJECT, this.lane, arguments);
		};
	}

	/**
	 * Sends the call and waits for the answer; once it was answered, returns the same
	 * again.
	 * @return what Redis said to each settlement
	 */
	synchronized List<Settlement.Result> execute() {
		if (this.results == null) {
			this.results = send();
			this.queue.client().instance().giveBack(this.lane);
		}
		return this.results;
	}

	private List<Settlement.Result> send() {
		Object reply = this.call.execute();
		if (reply instanceof byte[] statuses) {
			return QueueAccess.results(Reply.text(statuses));
		}
		@SuppressWarnings("unchecked")
		List<Object> parts = (List<Object>) reply;
		this.queue.log().dropped(Reply.number(parts, 1));
		return QueueAccess.results(Reply.text(parts, 0));
	}

}
