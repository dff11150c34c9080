/**
 * The applications that are broken: producers and workers, each a JVM of its own.
 */
@NullMarked
package io.arque.samples.chaos.process;

import org.jspecify.annotations.NullMarked;
