package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 240, unit = TimeUnit.SECONDS)
class BrokerCommandEmbeddedTest {

    @TempDir
    private Path folder;

    @Test
    void shouldServeOtherProcessesUntilStoppedAndKeepTheirRecords() throws Exception {
        Path data = folder.resolve("data");
        int port = freePort();
        String address = "localhost:" + port;

        Process broker = broker(data, port);
        try (var out = broker.inputReader()) {
            assertThat(out.readLine()).startsWith("broker: running on " + address + ", data in " + data);
            assertThat(out.readLine()).contains("./krpo topics create --bootstrap-servers " + address);
            assertThat(Cli.run("topics", "create", "--bootstrap-servers", address)
                            .exitCode())
                    .isZero();

            Cli second = Cli.run("broker", "--data", data.toString(), "--port", Integer.toString(freePort()));
            assertThat(second.exitCode()).isEqualTo(2);
            assertThat(second.err()).contains("is in use by process " + broker.pid() + " (krpo broker, running since ");
            Cli samePort =
                    Cli.run("broker", "--data", folder.resolve("other").toString(), "--port", Integer.toString(port));
            assertThat(samePort.exitCode()).isEqualTo(2);
            assertThat(samePort.err()).contains("port " + port + " is in use by another process");

            broker.toHandle().destroy();
            assertThat(broker.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(out.readLine()).isEqualTo("broker: stopped");
            assertThat(broker.exitValue()).isZero();
        } finally {
            broker.destroyForcibly().waitFor();
        }

        Process again = broker(data, port);
        try (var out = again.inputReader()) {
            assertThat(out.readLine()).startsWith("broker: running");
            assertThat(Cli.run("topics", "check", "--bootstrap-servers", address)
                            .exitCode())
                    .isZero();
        } finally {
            again.destroyForcibly().waitFor();
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static Process broker(Path data, int port) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.krpo.cli.Krpo",
                        "broker",
                        "--data",
                        data.toString(),
                        "--port",
                        Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
