/**
 * Payloads as JSON.
 */
@NullMarked
package io.arque.json;

import org.jspecify.annotations.NullMarked;
