/**
 * What people write by hand with Redis Streams and Spring Data.
 */
@NullMarked
package io.arque.samples.benchmark.streams;

import org.jspecify.annotations.NullMarked;
