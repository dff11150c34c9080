package io.arque.test;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ContainerFetchException;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * A server in a Docker container, which is reached by a free port of 127.0.0.1 and ends
 * with the JVM.
 */
final class TestContainer {

	private static final int PORT = 6379;

	private TestContainer() {
	}

	/**
	 * Starts a container.
	 * @param image the image of a Redis or Valkey
	 * @return the server's address
	 * @throws AbsentException if there is no Docker engine or no such image
	 */
	static String start(String image) {
		if (!DockerClientFactory.instance().isDockerAvailable()) {
			throw new AbsentException("no Docker engine answers (DOCKER_HOST is " + System.getenv("DOCKER_HOST") + ")");
		}
		GenericContainer<?> container = new Container(image);
		try {
			container.start();
		}
		catch (ContainerFetchException ex) {
			throw new AbsentException("Docker has no image " + image + " and cannot pull it: " + ex.getMessage());
		}
		return "redis://" + TestRedis.HOST + ":" + container.getMappedPort(PORT);
	}

	/**
	 * By default a published port listens on every address of the machine.
	 */
	private static final class Container extends GenericContainer<Container> {

		Container(String image) {
			super(image);
			withExposedPorts(PORT);
			waitingFor(Wait.forLogMessage(".*Ready to accept connections.*", 1));
			withCreateContainerCmdModifier((create) -> create.getHostConfig()
				.withPortBindings(new PortBinding(Ports.Binding.bindIp(TestRedis.HOST), ExposedPort.tcp(PORT))));
		}

	}

	/**
	 * Says why a container cannot be had here.
	 */
	static final class AbsentException extends RuntimeException {

		AbsentException(String message) {
			super(message);
		}

	}

}
