/**
 * Listeners by annotation: finding the methods, and calling them with the arguments that
 * they ask for.
 */
@NullMarked
package io.arque.annotation;

import org.jspecify.annotations.NullMarked;
