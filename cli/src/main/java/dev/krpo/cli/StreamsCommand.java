package dev.krpo.cli;

import dev.krpo.broker.DirectoryLock;
import dev.krpo.cli.role.RoleOptions;
import dev.krpo.settings.Config;
import dev.krpo.streams.StreamsApp;
import dev.krpo.streams.settings.StreamsSettings;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code krpo streams}: runs the topology. */
@Command(
        name = "streams",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run the topology, which turns rollouts into advantages.",
            "It keeps one Kalman filter per prompt. Start several for throughput or failover; each needs"
                    + " its own"
                    + " streams.stateDir."
        },
        footer = {"", "Example: krpo streams --config cluster.yaml --set streams.stateDir=/var/lib/krpo/streams-1"})
final class StreamsCommand implements Callable<Integer> {

    @Mixin
    private RoleOptions options;

    @Spec
    private CommandSpec spec;

    private DirectoryLock lock;

    @Override
    public Integer call() throws InterruptedException {
        try {
            options.run("streams", this::onItsOwnState, spec.commandLine().getOut());
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
        return Krpo.OK;
    }

    /** Kafka Streams locks its state too, but cannot name the process that holds the lock. */
    private StreamsApp onItsOwnState(Config config) {
        lock = DirectoryLock.acquire(new StreamsSettings(config).stateDirectory());
        return new StreamsApp(config);
    }
}
