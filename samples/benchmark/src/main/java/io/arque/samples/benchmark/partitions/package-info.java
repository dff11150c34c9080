/**
 * One queue on the masters of a Cluster.
 */
@NullMarked
package io.arque.samples.benchmark.partitions;

import org.jspecify.annotations.NullMarked;
