package io.arque.aot;

import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;

/**
 * {@code ArqueRuntimeHints} keeps the Lua scripts in a native image: they are read as
 * resources; and virtual threads, which are made by reflection. Methods marked with
 * {@code @ArqueListener} and their payload types need no hint of ours,
 * {@code @MessageMapping} on the annotation gives it.
 */
final class ArqueRuntimeHints implements RuntimeHintsRegistrar {

	@Override
	public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
		hints.reflection()
			.registerType(Thread.class, (thread) -> thread.withMethod("ofVirtual", List.of(), ExecutableMode.INVOKE))
			.registerTypeIfPresent(classLoader, "java.lang.Thread$Builder$OfVirtual",
					MemberCategory.INVOKE_PUBLIC_METHODS);
		hints.resources().registerPattern("io/arque/redis/*.lua").registerPattern("io/arque/redis/include/*.lua");
	}

}
