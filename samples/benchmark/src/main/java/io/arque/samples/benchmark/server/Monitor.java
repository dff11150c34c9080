package io.arque.samples.benchmark.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;

/**
 * {@code Monitor} counts what clients call. Redis's own counters will not do: they count
 * what scripts call too.
 */
public final class Monitor {

	private static final String CALLED_BY_A_SCRIPT = " lua]";

	private Monitor() {
	}

	/**
	 * Counts for a while.
	 * @param server the server
	 * @param duration how long
	 * @return the calls of all clients
	 * @throws IOException if the server cannot be reached or does not allow it
	 */
	public static int calls(RedisServer server, Duration duration) throws IOException {
		try (Socket socket = new Socket(server.host(), server.port());
				BufferedReader in = new BufferedReader(
						new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
			send(socket.getOutputStream(), server);
			String answer = in.readLine();
			if (answer == null || !answer.startsWith("+")) {
				throw new IOException("Redis does not allow MONITOR: " + answer);
			}
			return count(socket, in, System.nanoTime() + duration.toNanos());
		}
	}

	private static int count(Socket socket, BufferedReader in, long deadlineNanos) throws IOException {
		int calls = 0;
		while (true) {
			long leftMillis = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
			if (leftMillis <= 0) {
				return calls;
			}
			socket.setSoTimeout((int) leftMillis);
			try {
				String line = in.readLine();
				if (line == null) {
					throw new IOException("Redis has closed the connection");
				}
				calls += line.contains(CALLED_BY_A_SCRIPT) ? 0 : 1;
			}
			catch (SocketTimeoutException ex) {
				return calls;
			}
		}
	}

	private static void send(OutputStream out, RedisServer server) throws IOException {
		RedisCredentials credentials = RedisURI.create(server.url())
			.getCredentialsProvider()
			.resolveCredentials()
			.block();
		if (credentials != null && credentials.hasPassword()) {
			String user = credentials.hasUsername() ? credentials.getUsername() + " " : "";
			out.write(
					("AUTH " + user + new String(credentials.getPassword()) + "\r\n").getBytes(StandardCharsets.UTF_8));
		}
		out.write("MONITOR\r\n".getBytes(StandardCharsets.UTF_8));
	}

}
