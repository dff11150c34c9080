package io.arque.listener;

import java.util.AbstractList;
import java.util.List;

/**
 * {@code ShortOfMemory} is a list for one of whose elements there is no memory when it is
 * first asked for.
 *
 * @param <E> the elements' type
 */
final class ShortOfMemory<E> extends AbstractList<E> {

	private final List<E> elements;

	private final int at;

	private boolean thrown;

	ShortOfMemory(List<E> elements, int at) {
		this.elements = elements;
		this.at = at;
	}

	@Override
	public E get(int index) {
		if (index == this.at && !this.thrown) {
			this.thrown = true;
			throw new OutOfMemoryError("element " + index);
		}
		return this.elements.get(index);
	}

	@Override
	public int size() {
		return this.elements.size();
	}

}
