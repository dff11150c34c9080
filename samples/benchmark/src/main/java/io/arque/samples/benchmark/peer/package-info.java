/**
 * Other queues, each in a process of its own.
 */
@NullMarked
package io.arque.samples.benchmark.peer;

import org.jspecify.annotations.NullMarked;
