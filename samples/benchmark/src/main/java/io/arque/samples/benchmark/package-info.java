/**
 * The benchmark: what is measured, compared and printed.
 */
@NullMarked
package io.arque.samples.benchmark;

import org.jspecify.annotations.NullMarked;
