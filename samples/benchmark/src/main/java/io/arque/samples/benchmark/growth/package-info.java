/**
 * What becomes of Arque when there is more of everything.
 */
@NullMarked
package io.arque.samples.benchmark.growth;

import org.jspecify.annotations.NullMarked;
