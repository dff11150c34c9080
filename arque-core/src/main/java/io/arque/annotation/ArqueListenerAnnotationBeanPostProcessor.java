package io.arque.annotation;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.arque.listener.AckMode;
import io.arque.listener.ArqueListenerContainerFactory;
import io.arque.listener.ArqueListenerEndpoint;
import io.arque.listener.ArqueListenerEndpointRegistry;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryAware;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.core.convert.ConversionService;
import org.springframework.core.convert.support.DefaultConversionService;
import org.springframework.util.StringUtils;

/**
 * {@code ArqueListenerAnnotationBeanPostProcessor} finds the methods that are marked with
 * {@link ArqueListener} and registers an endpoint for each, with its annotation's
 * <code>${…}</code> and <code>#{…}</code> resolved. Endpoints of beans that are made
 * while the context starts are registered when all of them are made, later ones at once.
 *
 * @since 0.1.0
 */
public final class ArqueListenerAnnotationBeanPostProcessor
		implements BeanPostProcessor, BeanFactoryAware, SmartInitializingSingleton {

	/** The bean name of the factory that listeners use which name none. */
	public static final String DEFAULT_CONTAINER_FACTORY = "arqueListenerContainerFactory";

	private final Set<Class<?>> withoutListeners = ConcurrentHashMap.newKeySet();

	private final List<Runnable> registrations = new ArrayList<>();

	private @Nullable ConfigurableListableBeanFactory beanFactory;

	private boolean started;

	@Override
	public void setBeanFactory(BeanFactory beanFactory) {
		this.beanFactory = (ConfigurableListableBeanFactory) beanFactory;
	}

	@Override
	public Object postProcessAfterInitialization(Object bean, String beanName) {
		Class<?> type = AopUtils.getTargetClass(bean);
		if (this.withoutListeners.contains(type) || !AnnotationUtils.isCandidateClass(type, ArqueListener.class)) {
			return bean;
		}
		Map<Method, ArqueListener> methods = MethodIntrospector.selectMethods(type,
				(MethodIntrospector.MetadataLookup<ArqueListener>) (method) -> AnnotatedElementUtils
					.findMergedAnnotation(method, ArqueListener.class));
		if (methods.isEmpty()) {
			this.withoutListeners.add(type);
		}
		methods.forEach((method, listener) -> later(() -> register(bean, beanName, method, listener)));
		return bean;
	}

	@Override
	public void afterSingletonsInstantiated() {
		List<Runnable> all;
		synchronized (this.registrations) {
			this.started = true;
			all = List.copyOf(this.registrations);
			this.registrations.clear();
		}
		all.forEach(Runnable::run);
	}

	private void later(Runnable registration) {
		synchronized (this.registrations) {
			if (!this.started) {
				this.registrations.add(registration);
				return;
			}
		}
		registration.run();
	}

	private void register(Object bean, String beanName, Method declared, ArqueListener listener) {
		Method method = AopUtils.selectInvocableMethod(declared, bean.getClass());
		HandlerMethod handler = new HandlerMethod(bean, method, declared, conversion());
		Set<String> queues = new LinkedHashSet<>();
		for (String queue : listener.queues()) {
			addNames(queues, resolve(queue));
		}
		if (queues.isEmpty()) {
			throw new IllegalStateException("@ArqueListener on " + declared + " names no queue");
		}
		String id = text(listener.id());
		ArqueListenerEndpoint endpoint = new ArqueListenerEndpoint(
				(id != null) ? id : beanName + "." + declared.getName(), List.copyOf(queues), handler,
				handler.payloadType(), overrides(listener, declared));
		ArqueListenerContainerFactory factory = factory(listener);
		handler.check((endpoint.overrides().ackMode() != null) ? endpoint.overrides().ackMode() : factory.ackMode());
		beanFactory().getBean(ArqueListenerEndpointRegistry.class).register(endpoint, factory);
	}

	private ArqueListenerContainerFactory factory(ArqueListener listener) {
		String name = text(listener.containerFactory());
		return beanFactory().getBean((name != null) ? name : DEFAULT_CONTAINER_FACTORY,
				ArqueListenerContainerFactory.class);
	}

	private ArqueListenerEndpoint.Overrides overrides(ArqueListener listener, Method declared) {
		return new ArqueListenerEndpoint.Overrides(number(listener.concurrency(), declared),
				ackMode(listener.ackMode(), declared), bool(listener.autoStartup(), declared));
	}

	private @Nullable Integer number(String attribute, Method declared) {
		String text = text(attribute);
		try {
			return (text != null) ? Integer.valueOf(text) : null;
		}
		catch (NumberFormatException ex) {
			throw invalid("concurrency", text, "a number", declared);
		}
	}

	private @Nullable AckMode ackMode(String attribute, Method declared) {
		String text = text(attribute);
		if (text == null) {
			return null;
		}
		return switch (text.toUpperCase(Locale.ROOT)) {
			case "AUTO" -> AckMode.AUTO;
			case "MANUAL" -> AckMode.MANUAL;
			default -> throw invalid("ackMode", text, "AUTO or MANUAL", declared);
		};
	}

	private @Nullable Boolean bool(String attribute, Method declared) {
		String text = text(attribute);
		if (text == null) {
			return null;
		}
		return switch (text.toLowerCase(Locale.ROOT)) {
			case "true" -> true;
			case "false" -> false;
			default -> throw invalid("autoStartup", text, "true or false", declared);
		};
	}

	private static IllegalStateException invalid(String attribute, @Nullable String text, String allowed,
			Method declared) {
		return new IllegalStateException(
				"@ArqueListener on " + declared + ": " + attribute + " must be " + allowed + ", it is '" + text + "'");
	}

	private static void addNames(Collection<String> names, @Nullable Object resolved) {
		if (resolved instanceof Collection<?> several) {
			several.forEach((each) -> addNames(names, each));
		}
		else if (resolved instanceof Object[] several) {
			Arrays.asList(several).forEach((each) -> addNames(names, each));
		}
		else if (resolved != null) {
			names.addAll(StringUtils.commaDelimitedListToSet(StringUtils.trimAllWhitespace(resolved.toString())));
		}
	}

	private @Nullable String text(String attribute) {
		Object resolved = attribute.isEmpty() ? null : resolve(attribute);
		String text = (resolved != null) ? resolved.toString().trim() : "";
		return text.isEmpty() ? null : text;
	}

	private @Nullable Object resolve(String attribute) {
		ConfigurableListableBeanFactory factory = beanFactory();
		String embedded = factory.resolveEmbeddedValue(attribute);
		if (factory.getBeanExpressionResolver() == null) {
			return embedded;
		}
		return factory.getBeanExpressionResolver().evaluate(embedded, new BeanExpressionContext(factory, null));
	}

	private ConversionService conversion() {
		ConversionService ofFactory = beanFactory().getConversionService();
		return (ofFactory != null) ? ofFactory : DefaultConversionService.getSharedInstance();
	}

	private ConfigurableListableBeanFactory beanFactory() {
		if (this.beanFactory == null) {
			throw new IllegalStateException("The bean factory was not set");
		}
		return this.beanFactory;
	}

}
