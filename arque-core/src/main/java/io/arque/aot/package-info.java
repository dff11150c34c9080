/**
 * What a native image needs to be told.
 */
@NullMarked
package io.arque.aot;

import org.jspecify.annotations.NullMarked;
