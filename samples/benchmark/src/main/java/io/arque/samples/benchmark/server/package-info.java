/**
 * The Redis server that everything is measured on.
 */
@NullMarked
package io.arque.samples.benchmark.server;

import org.jspecify.annotations.NullMarked;
