/**
 * A test bench: real processes work on queues while they and Redis are broken.
 */
@NullMarked
package io.arque.samples.chaos;

import org.jspecify.annotations.NullMarked;
