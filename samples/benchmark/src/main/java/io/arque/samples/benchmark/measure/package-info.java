/**
 * How anything is measured: rounds, samples, figures.
 */
@NullMarked
package io.arque.samples.benchmark.measure;

import org.jspecify.annotations.NullMarked;
