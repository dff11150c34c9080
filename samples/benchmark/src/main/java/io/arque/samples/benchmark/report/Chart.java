package io.arque.samples.benchmark.report;

import java.util.List;

/**
 * {@code Chart} says what the drawing compares.
 *
 * @param panels one below the other
 */
public record Chart(List<Panel> panels) {

	/**
	 * {@code Panel} is bars of one scale.
	 *
	 * @param title what is measured, with its unit
	 * @param rows the bars, from top to bottom
	 */
	public record Panel(String title, List<Row> rows) {
	}

	/**
	 * {@code Row} is a bar.
	 *
	 * @param label who it is of
	 * @param figure the figure's name
	 * @param role what it is drawn as
	 */
	public record Row(String label, String figure, Role role) {
	}

	/**
	 * What a bar stands for.
	 */
	public enum Role {

		/** Arque itself. */
		ARQUE,
		/** What Arque can reach at the most. */
		FLOOR,
		/** Another queue. */
		PEER

	}

}
