/**
 * The Redis servers that are broken, and the proxy before them.
 */
@NullMarked
package io.arque.samples.chaos.redis;

import org.jspecify.annotations.NullMarked;
