/**
 * What is done to processes and servers, and when.
 */
@NullMarked
package io.arque.samples.chaos.fault;

import org.jspecify.annotations.NullMarked;
