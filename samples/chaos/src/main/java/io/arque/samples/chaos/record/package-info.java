/**
 * What each process writes down outside Redis, and how it is read again.
 */
@NullMarked
package io.arque.samples.chaos.record;

import org.jspecify.annotations.NullMarked;
