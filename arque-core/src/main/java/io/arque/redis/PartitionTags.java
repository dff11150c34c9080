package io.arque.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * {@code PartitionTags} names the partitions of a queue and says which of them a task
 * belongs to. Names follow from the queue's name and the number of partitions alone, so
 * that all instances find the same ones. They are chosen by the slot of a Cluster that
 * they fall into: that of the i-th of n lies near the middle of the i-th of n equal parts
 * of all slots, wherever the masters' bounds are.
 */
final class PartitionTags {

	/** How many slots a Cluster has. */
	static final int SLOTS = 16384;

	/** How far from the middle of its part a slot may lie, as a part of that part. */
	private static final int TOLERANCE = 8;

	private static final int[] CRC16 = crc16();

	private PartitionTags() {
	}

	/**
	 * Names the partitions of a queue.
	 * @param queue the queue's name
	 * @param count how many partitions it has
	 * @return their tags: the queue's name itself where there is one, else
	 * {@code name#0}, {@code name#1~7} and so on
	 */
	static List<String> of(String queue, int count) {
		if (count == 1) {
			return List.of(queue);
		}
		List<String> tags = new ArrayList<>(count);
		double width = (double) SLOTS / count;
		for (int i = 0; i < count; i++) {
			double middle = (i + 0.5) * width;
			String first = queue + '#' + i;
			String tag = first;
			for (int suffix = 1; Math.abs(slot(tag) - middle) > width / TOLERANCE; suffix++) {
				tag = first + '~' + suffix;
			}
			tags.add(tag);
		}
		return tags;
	}

	/**
	 * Returns the slot of a Cluster that keys with this tag lie in.
	 * @param tag the tag
	 * @return 0 to 16383
	 */
	static int slot(String tag) {
		int crc = 0;
		for (int i = 0; i < tag.length(); i++) { // a queue's name is ASCII
			crc = ((crc << 8) & 0xffff) ^ CRC16[((crc >> 8) ^ tag.charAt(i)) & 0xff];
		}
		return crc % SLOTS;
	}

	/**
	 * Says which partition a task belongs to. References that one producer makes one
	 * after the other, which differ in their last character, go round.
	 * @param id the task's id
	 * @param count how many partitions there are
	 * @return the partition's number
	 */
	static int indexOf(String id, int count) {
		if (id.isEmpty()) {
			return 0;
		}
		int last = id.length() - 1;
		CRC32 crc = new CRC32();
		crc.update(id.substring(0, last).getBytes(StandardCharsets.UTF_8));
		return (int) ((crc.getValue() + id.charAt(last)) % count);
	}

	private static int[] crc16() {
		int[] table = new int[256];
		for (int i = 0; i < table.length; i++) {
			int crc = i << 8;
			for (int bit = 0; bit < 8; bit++) {
				crc = ((crc & 0x8000) != 0) ? (crc << 1) ^ 0x1021 : crc << 1;
			}
			table[i] = crc & 0xffff;
		}
		return table;
	}

}
