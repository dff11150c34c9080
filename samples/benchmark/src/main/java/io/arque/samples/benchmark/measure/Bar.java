package io.arque.samples.benchmark.measure;

/**
 * {@code Bar} is what a figure has to reach.
 *
 * @param figure the figure's name
 * @param sense whether more is better
 * @param value what its median must be at the least, or at the most
 */
public record Bar(String figure, Sense sense, double value) {

	/**
	 * Whether the figure is as it must be.
	 * @param measured the figure
	 * @return whether the bar is met
	 */
	public boolean isMetBy(Figure measured) {
		return (this.sense == Sense.AT_LEAST) ? measured.value() >= this.value : measured.value() <= this.value;
	}

	/**
	 * On which side of the bar a figure has to be.
	 */
	public enum Sense {

		/** More is better. */
		AT_LEAST("≥"),
		/** Less is better. */
		AT_MOST("≤");

		private final String sign;

		Sense(String sign) {
			this.sign = sign;
		}

		@Override
		public String toString() {
			return this.sign;
		}

	}

}
