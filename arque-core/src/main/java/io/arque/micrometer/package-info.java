/**
 * Metrics by Micrometer.
 */
@NullMarked
package io.arque.micrometer;

import org.jspecify.annotations.NullMarked;
