package io.arque.samples.chaos.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code Proxy} stands on a port of 127.0.0.1 before a Redis server. It cuts all
 * connections, wherever they are in what they say, or lets nothing pass for a while.
 */
final class Proxy implements AutoCloseable {

	private final Node redis;

	private final ServerSocket server;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private final Object gate = new Object();

	private boolean stalled;

	Proxy(Node redis) throws IOException {
		this.redis = redis;
		this.server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
		start(this::accept);
	}

	int port() {
		return this.server.getLocalPort();
	}

	/** Cuts all connections that there are. */
	void cut() {
		this.sockets.forEach(Proxy::close);
	}

	/**
	 * Lets nothing pass for a while; then all goes on.
	 * @param duration how long
	 */
	void stall(Duration duration) throws InterruptedException {
		synchronized (this.gate) {
			this.stalled = true;
		}
		try {
			Thread.sleep(duration.toMillis());
		}
		finally {
			synchronized (this.gate) {
				this.stalled = false;
				this.gate.notifyAll();
			}
		}
	}

	private void accept() {
		while (!this.server.isClosed()) {
			Socket client = null;
			try {
				client = this.server.accept();
				Socket behind = new Socket(this.redis.host(), this.redis.port());
				Socket before = client;
				this.sockets.add(before);
				this.sockets.add(behind);
				before.setTcpNoDelay(true);
				behind.setTcpNoDelay(true);
				start(() -> pump(before, behind));
				start(() -> pump(behind, before));
			}
			catch (IOException ex) { // Redis is away, or this is closed
				if (client != null) {
					close(client);
				}
			}
		}
	}

	private void pump(Socket from, Socket to) {
		byte[] buffer = new byte[65536];
		try {
			InputStream in = from.getInputStream();
			OutputStream out = to.getOutputStream();
			for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
				awaitGate();
				out.write(buffer, 0, length);
			}
		}
		catch (IOException ex) {
			// one side has gone, so the other goes too
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.sockets.remove(from);
		close(from);
		close(to);
	}

	private void awaitGate() throws InterruptedException {
		synchronized (this.gate) {
			while (this.stalled) {
				this.gate.wait();
			}
		}
	}

	private static void start(Runnable runnable) {
		Thread thread = new Thread(runnable, "proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void close(AutoCloseable closeable) {
		try {
			closeable.close();
		}
		catch (Exception ex) {
			// it is gone either way
		}
	}

	@Override
	public void close() {
		close(this.server);
		cut();
	}

}
