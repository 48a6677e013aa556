package dev.krpo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.prompts.PromptFile;
import dev.krpo.runtime.prompts.PromptFormat;
import dev.krpo.runtime.prompts.PromptLoader;
import dev.krpo.runtime.topic.Topic;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import dev.krpo.trainer.run.Trainer;
import dev.krpo.worker.RolloutWorker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker with TLS, SASL/SCRAM and an authorizer; each role is a user with exactly the ACLs of its role. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class SecuredClusterEmbeddedTest {

    private static final String SECRET = "only-for-this-test";
    private static final List<String> ROLES = List.of("worker", "streams", "trainer", "prompts");

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static String administration;
    private static String secured;

    @BeforeAll
    static void startBroker() throws Exception {
        int[] ports = freePorts();
        administration = "localhost:" + ports[0];
        secured = "localhost:" + ports[2];
        Path keys = directory.resolve("keys.p12");
        keytool(keys);
        Map<String, String> properties = new HashMap<>();
        properties.put("controller.quorum.voters", "1@localhost:" + ports[1]);
        properties.put(
                "listeners",
                "PLAINTEXT://" + administration + ",CONTROLLER://localhost:" + ports[1] + ",SECURED://" + secured);
        properties.put("advertised.listeners", "PLAINTEXT://" + administration + ",SECURED://" + secured);
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL");
        properties.put("sasl.enabled.mechanisms", "SCRAM-SHA-512");
        properties.put(
                "listener.name.secured.scram-sha-512.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required;");
        properties.put("ssl.keystore.location", keys.toString());
        properties.put("ssl.keystore.type", "PKCS12");
        properties.put("ssl.keystore.password", SECRET);
        properties.put("ssl.key.password", SECRET);
        properties.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        // The broker itself and the administrator both use the listener without authentication.
        properties.put("super.users", "User:ANONYMOUS");
        broker = EmbeddedBroker.start(directory.resolve("broker"), properties);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", administration))) {
            List<UserScramCredentialAlteration> users = new ArrayList<>();
            ROLES.forEach(role -> users.add(new UserScramCredentialUpsertion(
                    role, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), SECRET)));
            admin.alterUserScramCredentials(users).all().get();
        }
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void shouldTrainWithEachRoleHavingOnlyItsOwnAcls() throws Exception {
        Map<String, String> plain = run("secured").settings();
        administrate(plain, "topics", "create");
        PromptFile prompts =
                PromptFile.read(ArithmeticRun.EXAMPLE.resolve("train.jsonl"), PromptFormat.standard("arithmetic"));
        assertThatThrownBy(() -> PromptLoader.load(Config.of(as("prompts", plain)), prompts.prompts()))
                .hasMessageContaining("secured.prompts is not visible to this user (`krpo acls`");
        ROLES.forEach(role -> administrate(plain, "acls", role, "--principal", "User:" + role, "--create"));

        PromptLoader.load(Config.of(as("prompts", plain)), prompts.prompts());
        try (ArithmeticRun run = run("secured");
                StreamsApp streams = new StreamsApp(Config.of(as("streams", plain)));
                RolloutWorker worker = new RolloutWorker(Config.of(as("worker", plain)));
                Trainer trainer = new Trainer(Config.of(as("trainer", plain)))) {
            streams.start();
            worker.start();
            trainer.start();
            await().atMost(Duration.ofMinutes(3))
                    .until(() -> run.records(Topic.TRAINING_STEPS).size() >= 3
                            || trainer.failure().isPresent()
                            || worker.failure().isPresent()
                            || streams.failure().isPresent());
            assertThat(trainer.failure()).isEmpty();
            assertThat(worker.failure()).isEmpty();
            assertThat(streams.failure()).isEmpty();
        }
        // A worker's credentials are not enough for a trainer.
        assertThatThrownBy(() -> {
                    try (Trainer wrong = new Trainer(Config.of(as("worker", plain)))) {
                        wrong.start();
                    }
                })
                .hasMessageContaining("Not authorized to access group");
    }

    @Test
    void shouldNeverPrintASecret() {
        Cli printed = Cli.run(arguments(as("worker", run("printed").settings()), "worker", "--print-config"));

        assertThat(printed.exitCode()).isZero();
        assertThat(printed.out()).contains("SASL_SSL").contains("********").doesNotContain(SECRET);
        assertThat(printed.err()).doesNotContain(SECRET);
    }

    private static void administrate(Map<String, String> config, String... command) {
        Cli run = Cli.run(arguments(config, command));
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    private static String[] arguments(Map<String, String> config, String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        config.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        return arguments.toArray(String[]::new);
    }

    private static ArithmeticRun run(String prefix) {
        return new ArithmeticRun(administration, prefix, directory);
    }

    private static Map<String, String> as(String user, Map<String, String> config) {
        Map<String, String> secure = new HashMap<>(config);
        secure.put("kafka.bootstrap.servers", secured);
        secure.put("kafka.security.protocol", "SASL_SSL");
        secure.put("kafka.sasl.mechanism", "SCRAM-SHA-512");
        secure.put(
                "kafka.sasl.jaas.config",
                "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"" + user + "\" password=\""
                        + SECRET + "\";");
        secure.put(
                "kafka.ssl.truststore.location", directory.resolve("keys.p12").toString());
        secure.put("kafka.ssl.truststore.type", "PKCS12");
        secure.put("kafka.ssl.truststore.password", SECRET);
        return secure;
    }

    private static void keytool(Path keys) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "broker",
                        "-keyalg",
                        "RSA",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "SAN=dns:localhost,ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        keys.toString(),
                        "-storepass",
                        SECRET)
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
    }

    private static int[] freePorts() throws Exception {
        int[] ports = new int[3];
        List<ServerSocket> sockets = new ArrayList<>();
        for (int i = 0; i < ports.length; i++) {
            sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            ports[i] = sockets.get(i).getLocalPort();
        }
        for (ServerSocket socket : sockets) {
            socket.close();
        }
        return ports;
    }
}
