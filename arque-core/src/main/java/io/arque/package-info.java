/**
 * The words of Arque: tasks, queues, leases, the operations on them, and what can go
 * wrong.
 */
@NullMarked
package io.arque;

import org.jspecify.annotations.NullMarked;
