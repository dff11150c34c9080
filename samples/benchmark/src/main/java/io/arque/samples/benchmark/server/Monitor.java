package io.arque.samples.benchmark.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;

/**
 * {@code Monitor} counts what clients call. Redis's own counters will not do: they count
 * what scripts call too.
 */
public final class Monitor {

	/**
	 * A line is a time, {@code [0 127.0.0.1:60866]} or {@code [0 lua]}, and the command.
	 */
	private static final Pattern CALLER = Pattern.compile("\\[\\d+ ([^]]+)\\]");

	private Monitor() {
	}

	/**
	 * Counts for a while.
	 * @param server the server
	 * @param clients the addresses of those whose calls count
	 * @param duration how long
	 * @return their calls
	 * @throws IOException if the server cannot be reached or does not allow it
	 */
	public static int calls(RedisServer server, Set<String> clients, Duration duration) throws IOException {
		try (Socket socket = new Socket(server.host(), server.port());
				BufferedReader in = new BufferedReader(
						new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
			send(socket.getOutputStream(), server);
			String answer = in.readLine();
			if (answer == null || !answer.startsWith("+")) {
				throw new IOException("Redis does not allow MONITOR: " + answer);
			}
			return count(socket, in, clients, System.nanoTime() + duration.toNanos());
		}
	}

	private static int count(Socket socket, BufferedReader in, Set<String> clients, long deadlineNanos)
			throws IOException {
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
				Matcher caller = CALLER.matcher(line);
				calls += (caller.find() && clients.contains(caller.group(1))) ? 1 : 0;
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
