package io.arque.annotation;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.core.annotation.AliasFor;
import org.springframework.messaging.handler.annotation.MessageMapping;

/**
 * Marks a method that works on the tasks of one or more queues. Also as a
 * meta-annotation. The method returns when a task is done; when it throws, the task is
 * tried again with back-off and moves to failed after its last attempt.
 * <p>
 * The method may take, in any order:
 * <ul>
 * <li>the payload: at most one parameter that is none of the following, or is marked
 * {@link org.springframework.messaging.handler.annotation.Payload @Payload}; its type
 * says how the payload is read, {@code byte[]} and {@code String} get it as it is</li>
 * <li>a {@link io.arque.LeasedTask}: id, attempt, queue, times, headers and raw
 * payload</li>
 * <li>a {@link org.springframework.messaging.handler.annotation.Header @Header}
 * parameter, converted from the header's text; {@code Optional} or
 * {@code required = false} where it may be missing</li>
 * <li>a {@code Map<String, String>} marked
 * {@link org.springframework.messaging.handler.annotation.Headers @Headers}</li>
 * <li>an {@link io.arque.listener.Acknowledgement}, with {@code ackMode = "MANUAL"}</li>
 * </ul>
 * It is called through the bean's proxy, so that a {@code @Transactional} method has
 * committed before its task is released; from {@code concurrency} threads at once. The
 * attributes are text, so that <code>${…}</code> and <code>#{…}</code> work in them; left
 * empty, what {@code arque.*} says counts.
 *
 * @since 0.1.0
 */
@Target({ ElementType.METHOD, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@MessageMapping
public @interface ArqueListener {

	/**
	 * The queues' names, the same as {@link #queues()}.
	 * @return the names
	 */
	@AliasFor("queues")
	String[] value() default {};

	/**
	 * The queues' names. A text may give several, by commas or as a collection from an
	 * expression. They share the concurrency, in turn.
	 * @return the names
	 */
	@AliasFor("value")
	String[] queues() default {};

	/**
	 * Names the container; by default the bean's name and the method's.
	 * @return the id
	 */
	String id() default "";

	/**
	 * How many tasks this instance works on at once.
	 * @return a number, 1 to 10000
	 */
	String concurrency() default "";

	/**
	 * Whether the container starts with the application.
	 * @return {@code true} or {@code false}
	 */
	String autoStartup() default "";

	/**
	 * Who settles a task.
	 * @return a name of {@link io.arque.listener.AckMode}, in any case
	 */
	String ackMode() default "";

	/**
	 * The name of the {@link io.arque.listener.ArqueListenerContainerFactory} bean to
	 * use.
	 * @return the bean's name
	 */
	String containerFactory() default "";

}
