package io.arque.samples.chaos.process;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Objects;

import com.sun.management.UnixOperatingSystemMXBean;
import io.arque.samples.chaos.record.Kind;
import io.arque.samples.chaos.record.RecordWriter;
import io.arque.samples.chaos.record.Vital;

/**
 * {@code Vitals} are what this process uses: heap that a full collection leaves, threads,
 * and descriptors, of which each connection is one.
 */
class Vitals {

	private final RecordWriter record;

	Vitals(RecordWriter record) {
		this.record = record;
	}

	/**
	 * Collects, measures, and writes down what was found.
	 */
	void measure() {
		System.gc();
		long heapBytes = ManagementFactory.getMemoryPoolMXBeans()
			.stream()
			.filter((pool) -> pool.getType() == MemoryType.HEAP)
			.map(MemoryPoolMXBean::getCollectionUsage)
			.filter(Objects::nonNull)
			.mapToLong(MemoryUsage::getUsed)
			.sum();
		this.record.write(Kind.MEASURED, Vital.HEAP_KB, heapBytes / 1024);
		this.record.write(Kind.MEASURED, Vital.THREADS, ManagementFactory.getThreadMXBean().getThreadCount());
		if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
			this.record.write(Kind.MEASURED, Vital.DESCRIPTORS, system.getOpenFileDescriptorCount());
		}
	}

}
