/**
 * Consumers: a container for each listener, the loop that fetches and settles, the
 * handlers that run, the leases that are kept.
 */
@NullMarked
package io.arque.listener;

import org.jspecify.annotations.NullMarked;
