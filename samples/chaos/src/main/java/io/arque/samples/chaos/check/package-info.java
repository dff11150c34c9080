/**
 * Says from the records what was lost, ran twice, or was accepted and should not have
 * been.
 */
@NullMarked
package io.arque.samples.chaos.check;

import org.jspecify.annotations.NullMarked;
