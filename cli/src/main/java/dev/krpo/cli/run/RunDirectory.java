package dev.krpo.cli.run;

import dev.krpo.broker.DirectoryInUseException;
import dev.krpo.broker.DirectoryLock;
import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.cli.config.Setting;
import dev.krpo.cli.config.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A finished run that is opened again: the directory is this process' own and its broker runs as long as this is open. */
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
    Map<String, Setting> settings() {
        Map<String, Setting> settings = new LinkedHashMap<>();
        standard(directory).forEach((key, value) -> settings.put(key, new Setting(value, ORIGIN)));
        settings.put("policy.device", new Setting("cpu", ORIGIN));
        settings.putAll(RecordedSettings.read(directory));
        settings.put("kafka.bootstrap.servers", new Setting(broker.bootstrapServers(), ORIGIN));
        return settings;
    }

    /** What every run in a directory has unless it was given something else. */
    public static Map<String, String> standard(Path directory) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("topics.partitions", "2");
        settings.put("policy.baseModel", Home.arithmetic().resolve("base-model").toString());
        settings.put("policy.checkpoints", directory.resolve("checkpoints").toString());
        settings.put("streams.stateDir", directory.resolve("state").toString());
        return settings;
    }

    @Override
    public void close() {
        broker.close();
        lock.close();
    }
}
