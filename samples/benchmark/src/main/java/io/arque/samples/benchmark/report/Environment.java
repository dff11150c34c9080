package io.arque.samples.benchmark.report;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

import com.sun.management.OperatingSystemMXBean;
import io.lettuce.core.LettuceVersion;

import org.springframework.boot.SpringBootVersion;
import org.springframework.data.redis.core.RedisTemplate;

/**
 * {@code Environment} tells on what and with what is measured.
 */
public final class Environment {

	private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

	private Environment() {
	}

	/**
	 * Looks at this machine.
	 * @return what it is, by keyword
	 */
	public static Map<String, String> machine() {
		Map<String, String> machine = new LinkedHashMap<>();
		machine.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
		machine.put("processors", Runtime.getRuntime().availableProcessors() + " x " + processor());
		if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
			machine.put("memory", "%.0f GB".formatted(system.getTotalMemorySize() / 1e9));
		}
		return machine;
	}

	private static String processor() {
		try {
			return Files.readAllLines(CPU_INFO)
				.stream()
				.filter((line) -> line.startsWith("model name"))
				.map((line) -> line.substring(line.indexOf(':') + 1).strip())
				.findFirst()
				.orElse("unknown");
		}
		catch (IOException ex) { // not on Linux
			return "unknown";
		}
	}

	/**
	 * Looks at this process.
	 * @return the version of what takes part, by its name
	 */
	public static Map<String, String> versions() {
		Map<String, String> versions = new LinkedHashMap<>();
		versions.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
		versions.put("spring-boot", SpringBootVersion.getVersion());
		versions.put("spring-data-redis", String.valueOf(RedisTemplate.class.getPackage().getImplementationVersion()));
		versions.put("lettuce", LettuceVersion.getVersion());
		return versions;
	}

}
