package io.arque.test;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * {@code TopologyCondition} skips the tests of a JVM whose servers cannot be had here,
 * such as containers where no Docker engine answers. JUnit finds it by itself.
 */
public final class TopologyCondition implements ExecutionCondition {

	@Override
	public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
		if (context.getTestClass().isEmpty() || context.getTags().contains("own-server")) {
			return ConditionEvaluationResult.enabled("needs no shared server");
		}
		String absence = Topology.absenceOfShared();
		return (absence != null) ? ConditionEvaluationResult.disabled(absence)
				: ConditionEvaluationResult.enabled("the servers are there");
	}

}
