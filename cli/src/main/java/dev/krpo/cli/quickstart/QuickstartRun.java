package dev.krpo.cli.quickstart;

import dev.krpo.broker.EmbeddedBroker;
import dev.krpo.cli.config.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A quickstart's run directory, opened by another command: its broker runs as long as this is open. */
public final class QuickstartRun implements AutoCloseable {

    private static final String BROKER = "broker";

    private final Path directory;
    private final EmbeddedBroker broker;

    private QuickstartRun(Path directory, EmbeddedBroker broker) {
        this.directory = directory;
        this.broker = broker;
    }

    /** @throws UsageException if the directory holds no run */
    public static QuickstartRun open(Path directory) {
        Path data = directory.resolve(BROKER);
        if (!Files.isDirectory(data)) {
            throw new UsageException("--run-dir: " + directory + " holds no run; give a directory that quickstart wrote"
                    + " without --ephemeral");
        }
        return new QuickstartRun(directory, EmbeddedBroker.start(data));
    }

    /** What the roles of the run had, as far as reading it needs that. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>(settings(directory));
        settings.put("kafka.bootstrap.servers", broker.bootstrapServers());
        settings.put("policy.device", "cpu");
        return settings;
    }

    /** What does not depend on the broker's address. */
    static Map<String, String> settings(Path directory) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("topics.partitions", "2");
        settings.put("policy.baseModel", Home.arithmetic().resolve("base-model").toString());
        settings.put("policy.checkpoints", directory.resolve("checkpoints").toString());
        return settings;
    }

    @Override
    public void close() {
        broker.close();
    }
}
