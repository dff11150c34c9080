package io.arque.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import io.arque.test.FaultPlan.Direction;
import io.arque.test.FaultPlan.Fault;

import org.junit.jupiter.api.Assumptions;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * A TCP proxy on 127.0.0.1 before a Redis server, that cuts connections at any byte,
 * loses or delays replies, drops published messages and falls silent, as a
 * {@link FaultPlan} says. It does not speak TLS.
 */
public final class FaultyProxy implements AutoCloseable {

	private final URI redis;

	/** Whether the server knows the user of {@link LeastPrivilege}. */
	private final boolean knownUser;

	private final ServerSocket server;

	private final Set<Link> links = ConcurrentHashMap.newKeySet();

	private final AtomicInteger faults = new AtomicInteger();

	private final AtomicInteger messages = new AtomicInteger();

	private final AtomicLong requestBytes = new AtomicLong();

	private final AtomicLong replyBytes = new AtomicLong();

	private volatile FaultPlan plan = FaultPlan.NONE;

	private volatile boolean droppingMessages;

	private FaultyProxy(String url, boolean knownUser) {
		this.redis = URI.create(url);
		this.knownUser = knownUser;
		try {
			this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		start(this::accept);
	}

	/**
	 * Starts a proxy before the server that all tests share. Where those are several, the
	 * test is skipped.
	 */
	public static FaultyProxy beforeSharedServer() {
		Assumptions.assumeTrue(RedisServers.url().startsWith("redis://"), "a proxy stands before one server only");
		return new FaultyProxy(RedisServers.url(), Topology.knowsUser());
	}

	/**
	 * Starts a proxy before a server of the test's own.
	 */
	public static FaultyProxy before(TestRedis redis) {
		return new FaultyProxy(redis.url(), true);
	}

	/**
	 * Returns a started connection factory that goes through here; the caller destroys
	 * it.
	 */
	public LettuceConnectionFactory newConnectionFactory(Duration commandTimeout) {
		String credentials = (this.redis.getRawUserInfo() != null) ? this.redis.getRawUserInfo() + "@" : "";
		return RedisServers.newConnectionFactory(this.redis.getScheme() + "://" + credentials + "127.0.0.1:"
				+ this.server.getLocalPort() + this.redis.getRawPath(), commandTimeout, this.knownUser);
	}

	int port() {
		return this.server.getLocalPort();
	}

	/**
	 * Does this from now on.
	 */
	public void plan(FaultPlan plan) {
		this.requestBytes.set(0);
		this.replyBytes.set(0);
		this.plan = plan;
	}

	/**
	 * Returns how many bytes went to Redis since the plan was set.
	 */
	public int requestBytes() {
		return this.requestBytes.intValue();
	}

	/**
	 * Returns how many bytes came from Redis since the plan was set.
	 */
	public int replyBytes() {
		return this.replyBytes.intValue();
	}

	/**
	 * Returns how many connections were cut and replies delayed so far.
	 */
	public int faults() {
		return this.faults.get();
	}

	/**
	 * Drops every second published message from now on, but for empty ones.
	 */
	public void dropEverySecondMessage() {
		this.droppingMessages = true;
	}

	/**
	 * Returns how many published messages came by, the dropped ones included.
	 */
	public int messages() {
		return this.messages.get();
	}

	/**
	 * Lets nothing pass any more, in both directions, on the connections that subscribe
	 * now; they stay open.
	 * @return how many there are
	 */
	public int stallSubscriptions() {
		int stalled = 0;
		for (Link link : this.links) {
			if (link.frames != null) {
				link.stalled = true;
				stalled++;
			}
		}
		return stalled;
	}

	@Override
	public void close() {
		closeQuietly(this.server);
		this.links.forEach(Link::close);
	}

	private void accept() {
		while (!this.server.isClosed()) {
			Socket client = null;
			try {
				client = this.server.accept();
				Link link = new Link(client, new Socket(this.redis.getHost(), this.redis.getPort()));
				this.links.add(link);
				start(() -> link.pump(Direction.REQUEST));
				start(() -> link.pump(Direction.REPLY));
			}
			catch (IOException ex) { // Redis is away, or this is closed
				closeQuietly(client);
			}
		}
	}

	private static void start(Runnable runnable) {
		Thread thread = new Thread(runnable, "faulty-proxy");
		thread.setDaemon(true);
		thread.start();
	}

	private static void closeQuietly(AutoCloseable closeable) {
		try {
			if (closeable != null) {
				closeable.close();
			}
		}
		catch (Exception ex) {
			// it is gone either way
		}
	}

	/**
	 * One connection of a client, and the one behind it.
	 */
	private final class Link {

		private final Socket client;

		private final Socket redis;

		private final CountDownLatch closed = new CountDownLatch(1);

		/** Not null once the client has subscribed. */
		private volatile RespFrames frames;

		private volatile boolean stalled;

		Link(Socket client, Socket redis) throws IOException {
			this.client = client;
			this.redis = redis;
			client.setTcpNoDelay(true);
			redis.setTcpNoDelay(true);
		}

		void pump(Direction direction) {
			boolean request = direction == Direction.REQUEST;
			byte[] buffer = new byte[65536];
			try {
				InputStream in = (request ? this.client : this.redis).getInputStream();
				OutputStream out = (request ? this.redis : this.client).getOutputStream();
				for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
					if (!pass(direction, buffer, length, out)) {
						break;
					}
				}
			}
			catch (IOException ex) {
				// one side has gone, so the other goes too
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			close();
		}

		private boolean pass(Direction direction, byte[] buffer, int length, OutputStream out)
				throws IOException, InterruptedException {
			boolean request = direction == Direction.REQUEST;
			if (request && this.frames == null
					&& new String(buffer, 0, length, StandardCharsets.ISO_8859_1).contains("SUBSCRIBE")) {
				this.frames = new RespFrames();
			}
			Fault fault = FaultyProxy.this.plan.next(direction, length);
			(request ? FaultyProxy.this.requestBytes : FaultyProxy.this.replyBytes).addAndGet(length);
			if (fault.isCut() || !fault.delay().isZero()) {
				FaultyProxy.this.faults.incrementAndGet();
			}
			if (this.stalled) {
				this.closed.await();
			}
			if (this.closed.await(fault.delay().toMillis(), TimeUnit.MILLISECONDS)) {
				return false;
			}
			if (request || this.frames == null || fault.isCut()) {
				out.write(buffer, 0, Math.min(length, fault.passing()));
			}
			else {
				passMessages(buffer, length, out);
			}
			out.flush();
			return !fault.isCut();
		}

		private void passMessages(byte[] buffer, int length, OutputStream out) throws IOException {
			for (byte[] frame : this.frames.add(buffer, length)) {
				boolean second = RespFrames.isMessage(frame) && FaultyProxy.this.messages.incrementAndGet() % 2 == 0;
				if (!second || !FaultyProxy.this.droppingMessages) {
					out.write(frame);
				}
			}
		}

		void close() {
			this.closed.countDown();
			closeQuietly(this.client);
			closeQuietly(this.redis);
			FaultyProxy.this.links.remove(this);
		}

	}

}
