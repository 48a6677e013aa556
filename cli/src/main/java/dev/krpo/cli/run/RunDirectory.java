package dev.krpo.cli.run;

import dev.krpo.broker.DirectoryInUseException;
import dev.krpo.broker.DirectoryLock;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.settings.Config;
import dev.krpo.settings.UsageException;
import dev.krpo.streams.settings.StreamsSettings;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A finished run, reopened: this process has exclusive use of the directory, and its broker runs until this is closed.
 */
public final class RunDirectory implements AutoCloseable {

    /** The broker's data directory within a run's directory. */
    public static final String BROKER = "broker";

    private static final String ORIGIN = "--run-dir";

    private final Path directory;
    private final DirectoryLock lock;
    private final EmbeddedBroker broker;

    private RunDirectory(Path directory, DirectoryLock lock, EmbeddedBroker broker) {
        this.directory = directory;
        this.lock = lock;
        this.broker = broker;
    }

    /**
     * Starts the broker of the run.
     *
     * @throws UsageException if the directory contains no run, or a process is using it
     */
    public static RunDirectory open(Path directory) {
        Path data = directory.resolve(BROKER);
        if (!Files.isDirectory(data)) {
            throw new UsageException("--run-dir: " + directory + " contains no run; give a directory that"
                    + " quickstart wrote without --ephemeral");
        }
        DirectoryLock lock = lock(directory, data);
        boolean started = false;
        try {
            RunDirectory run = new RunDirectory(directory, lock, EmbeddedBroker.start(data));
            started = true;
            return run;
        } finally {
            if (!started) {
                lock.close();
            }
        }
    }

    private static DirectoryLock lock(Path directory, Path data) {
        try {
            return DirectoryLock.acquire(directory);
        } catch (DirectoryInUseException e) {
            throw new UsageException(
                    "--run-dir: " + e.getMessage()
                            + EmbeddedBroker.lastAddress(data)
                                    .map(address -> "; to inspect a live run use --bootstrap-servers" + " " + address
                                            + " instead of --run-dir")
                                    .orElse(""),
                    e);
        }
    }

    /** The run's settings, for a client in this process. */
    Config settings() {
        return standard(directory, ORIGIN)
                .with(PolicySettings.DEVICE, "cpu", ORIGIN)
                .with(RecordedSettings.read(directory))
                .with(KafkaSettings.BOOTSTRAP_SERVERS, broker.bootstrapServers(), ORIGIN);
    }

    /** Defaults of every run in a directory. */
    public static Config standard(Path directory, String source) {
        // Absolute, since a relative path with a colon would be read as a URI.
        Path checkpoints = directory.resolve("checkpoints").toAbsolutePath();
        return Config.defaults()
                .with(TopicSettings.PARTITIONS, 2, source)
                .with(PolicySettings.BASE_MODEL, InstallDirectory.arithmetic().resolve("base-model"), source)
                .with(PolicySettings.CHECKPOINTS, checkpoints.toString(), source)
                .with(StreamsSettings.STATE_DIR, directory.resolve("state"), source);
    }

    @Override
    public void close() {
        broker.close();
        lock.close();
    }
}
