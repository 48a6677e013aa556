package dev.krpo.cli.broker;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.cli.logging.Logs;
import dev.krpo.runtime.role.Role;
import dev.krpo.settings.UsageException;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** Runs the embedded broker as the only job of a process. */
final class BrokerRole implements Role {

    private final Path data;
    private final int port;
    private final CountDownLatch closed = new CountDownLatch(1);
    private EmbeddedBroker broker;

    BrokerRole(Path data, int port) {
        this.data = data;
        this.port = port;
    }

    /**
     * Returns once clients can connect.
     *
     * @throws UsageException if the port is taken
     * @throws dev.krpo.broker.DirectoryInUseException if another process uses the data directory
     */
    @Override
    public synchronized void start() {
        try {
            broker = EmbeddedBroker.start(data, port);
            // Only from here on: errors at start belong on the screen; Kafka's later output would drown everything
            // else.
            Logs.toFile(log(data));
        } catch (IllegalArgumentException e) {
            throw new UsageException("--port " + port + ": " + e.getMessage(), e);
        }
    }

    static Path log(Path data) {
        return data.resolve("krpo-broker.log");
    }

    @Override
    public void awaitTermination() throws InterruptedException {
        closed.await();
    }

    /** Always empty: a broker failure ends the process. */
    @Override
    public Optional<Throwable> failure() {
        return Optional.empty();
    }

    /** None: the broker has Kafka's own. */
    @Override
    public MeterBinder meters() {
        return registry -> {};
    }

    @Override
    public Optional<String> progress() {
        return Optional.empty();
    }

    @Override
    public synchronized void close() {
        if (broker != null && closed.getCount() > 0) {
            broker.close();
        }
        closed.countDown();
    }
}
