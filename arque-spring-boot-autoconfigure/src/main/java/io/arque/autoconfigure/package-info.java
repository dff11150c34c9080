/**
 * Auto-configuration of Arque for Spring Boot.
 */
@NullMarked
package io.arque.autoconfigure;

import org.jspecify.annotations.NullMarked;
