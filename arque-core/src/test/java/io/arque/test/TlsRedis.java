package io.arque.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code TlsRedis} is a server of a test's own that speaks TLS only on one of its ports,
 * with a certificate for {@code localhost} and 127.0.0.1 that signs itself.
 */
public final class TlsRedis implements AutoCloseable {

	private static final char[] PASSWORD = "changeit".toCharArray();

	private final TestRedis redis;

	private final int port;

	private final Path certificate;

	private TlsRedis(TestRedis redis, int port, Path certificate) {
		this.redis = redis;
		this.port = port;
		this.certificate = certificate;
	}

	/**
	 * Starts a server.
	 * @param folder where certificate and key are put
	 * @return the server
	 * @throws RuntimeException if the embedded server of this machine has no TLS
	 */
	public static TlsRedis start(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
		KeyStore store = newCertificate(folder.resolve("redis.p12"));
		Path certificate = pem(folder.resolve("redis.crt"), "CERTIFICATE", store.getCertificate("redis").getEncoded());
		Path key = pem(folder.resolve("redis.key"), "PRIVATE KEY", store.getKey("redis", PASSWORD).getEncoded());
		int port = TestRedis.freePort();
		TestRedis redis = TestRedis.startOnFreePort("tls-port " + port, "tls-cert-file " + certificate,
				"tls-key-file " + key, "tls-ca-cert-file " + certificate, "tls-auth-clients no");
		return new TlsRedis(redis, port, certificate);
	}

	private static KeyStore newCertificate(Path file)
			throws IOException, GeneralSecurityException, InterruptedException {
		String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
		Process process = new ProcessBuilder(List.of(keytool, "-genkeypair", "-alias", "redis", "-keyalg", "EC",
				"-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "2", "-storetype",
				"PKCS12", "-storepass", new String(PASSWORD), "-keystore", file.toString()))
			.inheritIO()
			.start();
		if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
			throw new IOException("keytool has made no certificate");
		}
		return KeyStore.getInstance(file.toFile(), PASSWORD);
	}

	private static Path pem(Path file, String what, byte[] bytes) throws IOException {
		String text = Base64.getMimeEncoder(64, new byte[] { '\n' }).encodeToString(bytes);
		return Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
	}

	/**
	 * Returns the address for an application, at the port that speaks TLS only.
	 */
	public String urlOfApplications() {
		return LeastPrivilege.restrict("rediss://localhost:" + this.port);
	}

	/**
	 * Returns the certificate, in PEM.
	 */
	public Path certificate() {
		return this.certificate;
	}

	@Override
	public void close() {
		this.redis.close();
	}

}
