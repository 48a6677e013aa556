package dev.krpo.broker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.Feature;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One KRaft node (broker and controller) inside this JVM, listening on a free port of the loopback address.
 *
 * <p>This is the only class that touches Kafka's server classes, which are not public API. Everything is sized for a
 * single node: replication 1, few partitions for the internal topics, no automatic topic creation.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);
    private static final int START_ATTEMPTS = 5;
    private static final int ANY_PORT = 0;
    private static final String PORTS_FILE = "krpo-ports";
    private static final String CLUSTER_ID = "a3Jwby1lbWJlZGRlZA-AAA";

    private final KafkaRaftServer server;
    private final String bootstrapServers;
    private final DirectoryLock lock;
    private final Path deleteOnClose;

    private EmbeddedBroker(KafkaRaftServer server, int port, DirectoryLock lock, Path deleteOnClose) {
        this.server = server;
        this.bootstrapServers = "localhost:" + port;
        this.lock = lock;
        this.deleteOnClose = deleteOnClose;
    }

    /**
     * Starts a broker whose data lives in {@code directory}; formats it on first use and keeps existing data later.
     *
     * @throws DirectoryInUseException if another broker uses the directory
     * @throws IllegalStateException if the node does not start
     */
    public static EmbeddedBroker start(Path directory) {
        return start(directory, ANY_PORT, null, Map.of());
    }

    /**
     * Like {@link #start(Path)}, for clients at {@code localhost:port}.
     *
     * @throws IllegalArgumentException if another process listens on the port
     */
    public static EmbeddedBroker start(Path directory, int port) {
        return start(directory, port, null, Map.of());
    }

    /** Like {@link #start(Path)}, with additional server properties that override the built-in ones. */
    public static EmbeddedBroker start(Path directory, Map<String, String> serverProperties) {
        return start(directory, ANY_PORT, null, serverProperties);
    }

    /** Starts a broker in a temporary directory that {@link #close()} deletes. */
    public static EmbeddedBroker startEphemeral() {
        try {
            Path directory = Files.createTempDirectory("krpo-broker");
            return start(directory, ANY_PORT, directory, Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary directory for the embedded broker", e);
        }
    }

    private static EmbeddedBroker start(
            Path directory, int port, Path deleteOnClose, Map<String, String> serverProperties) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        boolean started = false;
        try {
            EmbeddedBroker broker = start(directory, port, lock, deleteOnClose, serverProperties);
            started = true;
            return broker;
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    private static EmbeddedBroker start(
            Path directory, int port, DirectoryLock lock, Path deleteOnClose, Map<String, String> serverProperties) {
        RuntimeException last = null;
        // Another process can take a free port between the check and the bind.
        for (int attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
            int[] ports = ports(directory, port, attempt);
            try {
                KafkaConfig config =
                        new KafkaConfig(properties(directory, ports[0], ports[1], serverProperties), false);
                format(directory);
                KafkaRaftServer server = new KafkaRaftServer(config, Time.SYSTEM);
                server.startup();
                Files.writeString(directory.resolve(PORTS_FILE), ports[0] + " " + ports[1]);
                LOG.info("embedded broker on localhost:{} with data in {}", ports[0], directory);
                return new EmbeddedBroker(server, ports[0], lock, deleteOnClose);
            } catch (RuntimeException e) {
                LOG.warn(
                        "embedded broker did not start on port {} (attempt {} of {})",
                        ports[0],
                        attempt,
                        START_ATTEMPTS,
                        e);
                last = e;
            } catch (IOException e) {
                throw new UncheckedIOException("writing " + directory.resolve(PORTS_FILE), e);
            }
        }
        throw new IllegalStateException(
                "the embedded broker did not start in " + directory + ": " + last.getMessage(), last);
    }

    /** The address at which the directory's broker listens, or listened when it last ran; empty if it never ran. */
    public static Optional<String> lastAddress(Path directory) {
        Path file = directory.resolve(PORTS_FILE);
        try {
            return Files.exists(file)
                    ? Optional.of("localhost:" + Files.readString(file).split(" ", -1)[0])
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    /** The value of {@code bootstrap.servers} for clients. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    /** Stops the node; data stays unless the broker is ephemeral. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        lock.close();
        if (deleteOnClose != null) {
            delete(deleteOnClose);
        }
    }

    private static Map<String, String> properties(
            Path directory, int brokerPort, int controllerPort, Map<String, String> overrides) {
        Map<String, String> properties = new HashMap<>();
        properties.put("process.roles", "broker,controller");
        properties.put("node.id", "1");
        properties.put("controller.quorum.voters", "1@localhost:" + controllerPort);
        properties.put(
                "listeners", "PLAINTEXT://localhost:" + brokerPort + ",CONTROLLER://localhost:" + controllerPort);
        properties.put("advertised.listeners", "PLAINTEXT://localhost:" + brokerPort);
        properties.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        properties.put("inter.broker.listener.name", "PLAINTEXT");
        properties.put("controller.listener.names", "CONTROLLER");
        properties.put("log.dirs", directory.toString());
        properties.put("auto.create.topics.enable", "false");
        properties.put("offsets.topic.num.partitions", "3");
        properties.put("offsets.topic.replication.factor", "1");
        // A run may be resumed after an arbitrarily long pause.
        properties.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
        properties.put("transaction.state.log.num.partitions", "3");
        properties.put("transaction.state.log.replication.factor", "1");
        properties.put("transaction.state.log.min.isr", "1");
        properties.put("share.coordinator.state.topic.num.partitions", "3");
        properties.put("share.coordinator.state.topic.replication.factor", "1");
        properties.put("share.coordinator.state.topic.min.isr", "1");
        properties.put("group.initial.rebalance.delay.ms", "0");
        properties.put("group.share.min.record.lock.duration.ms", "1000");
        properties.put("group.share.min.heartbeat.interval.ms", "500");
        properties.put("group.share.heartbeat.interval.ms", "500");
        properties.put("group.consumer.min.heartbeat.interval.ms", "500");
        properties.put("log.segment.bytes", Integer.toString(64 << 20));
        properties.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        properties.put("num.network.threads", "2");
        properties.put("num.io.threads", "4");
        properties.put("num.replica.fetchers", "1");
        properties.put("background.threads", "2");
        properties.putAll(overrides);
        return properties;
    }

    private static void format(Path directory) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Formatter formatter = new Formatter()
                .setPrintStream(new PrintStream(output, true, StandardCharsets.UTF_8))
                .setSupportedFeatures(List.of(Feature.PRODUCTION_FEATURES.toArray(new Feature[0])))
                .setNodeId(1)
                .setClusterId(CLUSTER_ID)
                .addDirectory(directory.toString())
                .setMetadataLogDirectory(directory.toString())
                .setControllerListenerName("CONTROLLER")
                .setIgnoreFormatted(true);
        try {
            Files.createDirectories(directory);
            formatter.run();
        } catch (Exception e) {
            throw new IllegalStateException("formatting " + directory + " failed: " + output, e);
        }
    }

    /** Ports of the broker and its controller. */
    private static int[] ports(Path directory, int port, int attempt) {
        if (port == ANY_PORT) {
            return attempt == 1 ? portsOf(directory) : freePorts();
        }
        if (!isFree(port)) {
            throw new IllegalArgumentException(
                    "port " + port + " is in use by another process; stop that process or use another port");
        }
        return new int[] {port, freePorts()[0]};
    }

    /**
     * The ports of the last start if they are still free: transactions in progress when the node stopped are completed
     * via the address in the cluster metadata.
     */
    private static int[] portsOf(Path directory) {
        Path file = directory.resolve(PORTS_FILE);
        try {
            if (Files.exists(file)) {
                String[] words = Files.readString(file).split(" ", -1);
                int[] ports = {Integer.parseInt(words[0]), Integer.parseInt(words[1])};
                if (isFree(ports[0]) && isFree(ports[1])) {
                    return ports;
                }
            }
            return freePorts();
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            LOG.info("port {} is in use: {}", port, e.getMessage());
            return false;
        }
    }

    private static int[] freePorts() {
        try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ServerSocket two = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new int[] {one.getLocalPort(), two.getLocalPort()};
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on the loopback address", e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("could not delete {}", directory, e);
        }
    }
}
