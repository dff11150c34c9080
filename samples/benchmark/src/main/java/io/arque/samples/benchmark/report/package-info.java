/**
 * What becomes of the figures: lines, JSON, a chart.
 */
@NullMarked
package io.arque.samples.benchmark.report;

import org.jspecify.annotations.NullMarked;
