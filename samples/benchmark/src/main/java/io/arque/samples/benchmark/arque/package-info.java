/**
 * Arque as a user meets it.
 */
@NullMarked
package io.arque.samples.benchmark.arque;

import org.jspecify.annotations.NullMarked;
