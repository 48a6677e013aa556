package dev.krpo.cli.run;

import dev.krpo.broker.DirectoryInUseException;
import dev.krpo.broker.DirectoryLock;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.cli.config.UsageException;
import dev.krpo.runtime.settings.KafkaSettings;
import dev.krpo.runtime.settings.PolicySettings;
import dev.krpo.runtime.settings.TopicSettings;
import dev.krpo.settings.Config;
import dev.krpo.streams.settings.StreamsSettings;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A finished run that is opened again: the directory is this process' own and its broker runs as long as this is open.
 */
public final class RunDirectory implements AutoCloseable {

    /** The broker's data, in the directory of a run. */
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
     * @throws UsageException if the directory holds no run, or a process is at work in it
     */
    public static RunDirectory open(Path directory) {
        Path data = directory.resolve(BROKER);
        if (!Files.isDirectory(data)) {
            throw new UsageException("--run-dir: " + directory + " holds no run; give a directory that quickstart wrote"
                    + " without --ephemeral");
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
                                    .map(address -> "; to look at a live run give --bootstrap-servers " + address
                                            + " in place of --run-dir")
                                    .orElse(""),
                    e);
        }
    }

    /** The settings of the run, for a client in this process. */
    Config settings() {
        return standard(directory, ORIGIN)
                .with(PolicySettings.DEVICE, "cpu", ORIGIN)
                .with(RecordedSettings.read(directory))
                .with(KafkaSettings.BOOTSTRAP_SERVERS, broker.bootstrapServers(), ORIGIN);
    }

    /** What every run in a directory has unless it was given something else. */
    public static Config standard(Path directory, String source) {
        return Config.defaults()
                .with(TopicSettings.PARTITIONS, 2, source)
                .with(PolicySettings.BASE_MODEL, Home.arithmetic().resolve("base-model"), source)
                .with(PolicySettings.CHECKPOINTS, directory.resolve("checkpoints"), source)
                .with(StreamsSettings.STATE_DIR, directory.resolve("state"), source);
    }

    @Override
    public void close() {
        broker.close();
        lock.close();
    }
}
