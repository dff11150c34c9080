package io.arque.autoconfigure;

import java.lang.reflect.Method;
import java.util.Set;

import io.arque.annotation.ArqueListener;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.AnnotationUtils;
import org.springframework.util.ClassUtils;

/**
 * {@code ListenerLazyInitializationExcludeFilter} makes beans with listeners at the start
 * also under {@code spring.main.lazy-initialization}: nothing else would ever ask for
 * them, and their tasks would wait for ever. The same goes for the warnings at the start.
 */
final class ListenerLazyInitializationExcludeFilter implements LazyInitializationExcludeFilter {

	@Override
	public boolean isExcluded(String beanName, BeanDefinition beanDefinition, Class<?> beanType) {
		Class<?> type = ClassUtils.getUserClass(beanType);
		if (type == StartWarnings.class) {
			return true;
		}
		if (!AnnotationUtils.isCandidateClass(type, ArqueListener.class)) {
			return false;
		}
		Set<Method> listeners = MethodIntrospector.selectMethods(type,
				(Method method) -> AnnotatedElementUtils.hasAnnotation(method, ArqueListener.class));
		return !listeners.isEmpty();
	}

}
