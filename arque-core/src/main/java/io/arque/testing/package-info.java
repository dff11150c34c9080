/**
 * What an application's own tests need of its queues, on a real Redis.
 */
@NullMarked
package io.arque.testing;

import org.jspecify.annotations.NullMarked;
