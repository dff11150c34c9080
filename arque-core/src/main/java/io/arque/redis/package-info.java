/**
 * Tasks in Redis: one Lua script for each transition, the Java method of the same verb,
 * and the wake-up channel.
 */
@NullMarked
package io.arque.redis;

import org.jspecify.annotations.NullMarked;
