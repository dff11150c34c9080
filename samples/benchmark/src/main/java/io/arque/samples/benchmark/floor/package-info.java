/**
 * Arque's scripts without Arque around them: what it can reach at the most.
 */
@NullMarked
package io.arque.samples.benchmark.floor;

import org.jspecify.annotations.NullMarked;
