package io.arque.test;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.Tag;

/**
 * {@code OwnServer} marks a test that starts servers of its own, or for which it makes no
 * difference on which it runs: it runs once, not on each topology.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Tag("own-server")
public @interface OwnServer {

}
