package io.arque.annotation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;

import io.arque.LeasedTask;
import io.arque.PayloadConversionException;
import io.arque.RejectTaskException;
import io.arque.listener.AckMode;
import io.arque.listener.Acknowledgement;
import io.arque.listener.TaskHandler;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.MethodParameter;
import org.springframework.core.convert.ConversionException;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.TypeDescriptor;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.messaging.handler.annotation.Headers;
import org.springframework.messaging.handler.annotation.Payload;
import org.springframework.messaging.handler.annotation.ValueConstants;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;

/**
 * {@code HandlerMethod} calls a listener method. How each argument is made is settled
 * once, when the listener is found. An argument that cannot be made rejects the task: no
 * further attempt would make it.
 */
final class HandlerMethod implements TaskHandler {

	private final Object bean;

	private final Method method;

	private final Argument[] arguments;

	private final @Nullable Type payloadType;

	/**
	 * Creates a handler.
	 * @param bean the bean, or its proxy
	 * @param method the method, callable on the bean
	 * @param declared the method as it was declared, with its annotations and generic
	 * types
	 * @param conversion converts headers
	 */
	HandlerMethod(Object bean, Method method, Method declared, ConversionService conversion) {
		Class<?> target = AopUtils.getTargetClass(bean);
		this.bean = bean;
		this.method = method;
		ReflectionUtils.makeAccessible(method);
		checkReturnType(declared);
		this.arguments = new Argument[declared.getParameterCount()];
		Type payload = null;
		for (int i = 0; i < this.arguments.length; i++) {
			MethodParameter parameter = new MethodParameter(declared, i).withContainingClass(target);
			Argument special = special(parameter, conversion);
			if (special != null) {
				this.arguments[i] = special;
				continue;
			}
			if (payload != null) {
				throw new IllegalStateException("Listener method " + declared
						+ " has two parameters for the payload; mark headers with @Header and the task as LeasedTask");
			}
			// of a method inherited from Base<T>, what T is in the bean's class
			Type type = GenericTypeResolver.resolveType(parameter.getGenericParameterType(), target);
			payload = type;
			this.arguments[i] = (task, acknowledgement) -> task.payload().as(type);
		}
		this.payloadType = payload;
	}

	/**
	 * Returns the type that the payload is read as.
	 * @return the type, none if the method does not take the payload
	 */
	@Nullable Type payloadType() {
		return this.payloadType;
	}

	/**
	 * Checks that the method can work in this mode.
	 * @param mode who settles tasks
	 */
	void check(AckMode mode) {
		boolean takes = false;
		for (Class<?> type : this.method.getParameterTypes()) {
			takes |= type == Acknowledgement.class;
		}
		if (takes && mode == AckMode.AUTO) {
			throw new IllegalStateException("Listener method " + this.method
					+ " takes an Acknowledgement, which needs ackMode = \"MANUAL\"; its ackMode is AUTO");
		}
		if (!takes && mode == AckMode.MANUAL) {
			throw new IllegalStateException("Listener method " + this.method
					+ " has ackMode MANUAL, but no Acknowledgement parameter to settle its tasks by");
		}
	}

	@Override
	public void handle(LeasedTask task, Acknowledgement acknowledgement) throws Exception {
		@Nullable Object[] values = new Object[this.arguments.length];
		for (int i = 0; i < values.length; i++) {
			values[i] = resolve(this.arguments[i], task, acknowledgement);
		}
		try {
			this.method.invoke(this.bean, values);
		}
		catch (InvocationTargetException ex) {
			ReflectionUtils.rethrowException(ex.getTargetException());
		}
	}

	/** A task is done when its method returns: what is returned must not be a promise. */
	private static void checkReturnType(Method declared) {
		Class<?> type = declared.getReturnType();
		if (Future.class.isAssignableFrom(type) || CompletionStage.class.isAssignableFrom(type)
				|| ClassUtils.getAllInterfacesForClassAsSet(type)
					.stream()
					.anyMatch((each) -> each.getName().equals("org.reactivestreams.Publisher"))) {
			throw new IllegalStateException("Listener method " + declared + " returns " + type.getSimpleName()
					+ ": its task would be released before the work is done; wait for it, or use ackMode MANUAL");
		}
	}

	private static @Nullable Object resolve(Argument argument, LeasedTask task, Acknowledgement acknowledgement) {
		try {
			return argument.of(task, acknowledgement);
		}
		catch (PayloadConversionException ex) {
			throw new RejectTaskException("The payload cannot be read", ex);
		}
		catch (RuntimeException ex) {
			throw new RejectTaskException("An argument of the listener cannot be made: " + ex.getMessage(), ex);
		}
	}

	private static @Nullable Argument special(MethodParameter parameter, ConversionService conversion) {
		Class<?> type = parameter.getParameterType();
		if (type == LeasedTask.class) {
			return (task, acknowledgement) -> task;
		}
		if (type == Acknowledgement.class) {
			return (task, acknowledgement) -> acknowledgement;
		}
		Header header = parameter.getParameterAnnotation(Header.class);
		if (header != null) {
			return header(parameter, header, conversion);
		}
		if (parameter.hasParameterAnnotation(Headers.class)) {
			if (!type.isAssignableFrom(Map.class)) {
				throw new IllegalStateException("@Headers parameter of " + parameter.getMethod() + " must be a Map");
			}
			return (task, acknowledgement) -> task.headers();
		}
		if (type == Optional.class && !parameter.hasParameterAnnotation(Payload.class)) {
			throw new IllegalStateException(
					"Optional parameter of " + parameter.getMethod() + " must be marked with @Header");
		}
		return null;
	}

	private static Argument header(MethodParameter parameter, Header header, ConversionService conversion) {
		MethodParameter nested = parameter.nestedIfOptional();
		TypeDescriptor target = new TypeDescriptor(nested);
		boolean optional = parameter.getParameterType() == Optional.class;
		boolean named = StringUtils.hasText(header.value());
		if (!named && !parameter.getParameter().isNamePresent()) {
			throw new IllegalStateException("@Header on parameter " + parameter.getParameterIndex() + " of "
					+ parameter.getMethod() + " names no header: name it, or compile with -parameters");
		}
		String name = named ? header.value() : parameter.getParameter().getName();
		boolean hasDefault = !ValueConstants.DEFAULT_NONE.equals(header.defaultValue());
		return (task, acknowledgement) -> {
			String text = task.headers().get(name);
			if (text == null && hasDefault) {
				text = header.defaultValue();
			}
			if (text == null) {
				if (header.required() && !optional) {
					throw new IllegalArgumentException("the task has no header '" + name + "'");
				}
				return optional ? Optional.empty() : null;
			}
			try {
				Object value = conversion.convert(text, TypeDescriptor.valueOf(String.class), target);
				return optional ? Optional.ofNullable(value) : value;
			}
			catch (ConversionException ex) {
				throw new IllegalArgumentException(
						"header '" + name + "' is not a " + target.getType().getSimpleName() + ": '" + text + "'", ex);
			}
		};
	}

	@Override
	public String toString() {
		return this.method.toString();
	}

	/**
	 * Makes one argument.
	 */
	@FunctionalInterface
	private interface Argument {

		@Nullable Object of(LeasedTask task, Acknowledgement acknowledgement);

	}

}
