package io.arque.listener;

import io.arque.redis.ArqueClient;

/**
 * {@code ContainerServices} is what all containers of an application share.
 *
 * @since 0.1.0
 */
public final class ContainerServices {

	private final ArqueClient client;

	private final LeaseKeeper leaseKeeper;

	private final SlowLook slowLook;

	private final KeepAlive keepAlive = new KeepAlive();

	/**
	 * Creates the services.
	 * @param client access to Redis
	 * @param leaseKeeper renews leases and ends attempts
	 * @param slowLook looks where a wake-up was lost
	 */
	public ContainerServices(ArqueClient client, LeaseKeeper leaseKeeper, SlowLook slowLook) {
		this.client = client;
		this.leaseKeeper = leaseKeeper;
		this.slowLook = slowLook;
	}

	ArqueClient client() {
		return this.client;
	}

	LeaseKeeper leaseKeeper() {
		return this.leaseKeeper;
	}

	SlowLook slowLook() {
		return this.slowLook;
	}

	KeepAlive keepAlive() {
		return this.keepAlive;
	}

}
